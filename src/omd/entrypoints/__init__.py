"""The programs: API server and command line. The only code that knows every feature; settings are read here."""
