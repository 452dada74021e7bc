// Starts the reference of the API. A file, because the page's content security policy lets no inline script run.
window.addEventListener("load", () => {
  window.ui = SwaggerUIBundle({
    url: document.querySelector("meta[name=openapi]").content,
    dom_id: "#reference",
    deepLinking: true,
    showExtensions: true,
    showCommonExtensions: true,
    // Without this the page would send the document to a validator on the internet.
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis],
  });
});
