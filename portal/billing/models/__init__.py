"""Tables of billing. Amounts are minor units of the row's currency; only a job talks to the payment gateway."""

from portal.billing.models.cards import BillTo, Card, CardSetup
from portal.billing.models.charges import Charge, GatewayEvent, Refund, RefundRequest
from portal.billing.models.invoices import Invoice, InvoiceLine, InvoiceNumber
from portal.billing.models.orders import Order
from portal.billing.models.reports import DayTotal, Difference, Export, MonthlyTotal

__all__ = [
    "BillTo",
    "Card",
    "CardSetup",
    "Charge",
    "DayTotal",
    "Difference",
    "Export",
    "GatewayEvent",
    "Invoice",
    "InvoiceLine",
    "InvoiceNumber",
    "MonthlyTotal",
    "Order",
    "Refund",
    "RefundRequest",
]
