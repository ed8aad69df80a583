from . import (
    care_closing,
    care_custody_statement,
    care_erase,
    care_order_approve,
    care_order_rework,
    care_payment_register,
    care_reason,
    care_transfer_damage,
)
