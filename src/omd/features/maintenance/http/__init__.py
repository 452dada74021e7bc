"""Maintenance over HTTP: tickets, the steps they take, and what that does to rooms."""

from litestar import Router

from omd.features.maintenance.http.photos import TicketPhotos
from omd.features.maintenance.http.steps import TicketSteps
from omd.features.maintenance.http.tickets import OneTicket, Tickets

router = Router(path="", route_handlers=[Tickets, OneTicket, TicketSteps, TicketPhotos])
