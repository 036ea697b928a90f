"""Writes of this room, by noun: needs, rates, engagements, delivery, advice."""

from app.advisory.operations_advice import answer_advice, record_advice
from app.advisory.operations_delivery import (
    approve_payment,
    close_engagement,
    pay_engagement,
    record_delivery,
    start_delivery,
)
from app.advisory.operations_engagements import (
    clear_engagement,
    contract_engagement,
    decline_engagement,
    move_service,
    propose_person,
    terminate_engagement,
)
from app.advisory.operations_files import add_file
from app.advisory.operations_needs import approve_need, close_need, edit_need, file_need
from app.advisory.operations_rates import set_cooling_off, set_rate_card

__all__ = [
    "add_file",
    "answer_advice",
    "approve_need",
    "approve_payment",
    "clear_engagement",
    "close_engagement",
    "close_need",
    "contract_engagement",
    "decline_engagement",
    "edit_need",
    "file_need",
    "move_service",
    "pay_engagement",
    "propose_person",
    "record_advice",
    "record_delivery",
    "set_cooling_off",
    "set_rate_card",
    "start_delivery",
    "terminate_engagement",
]
