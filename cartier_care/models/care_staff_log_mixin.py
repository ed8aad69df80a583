from odoo import models


class CareStaffLogMixin(models.AbstractModel):
    """Keeps from clients who of the staff made or changed a record (design: roles)."""

    _name = "care.staff.log.mixin"
    _description = "Staff Names Kept from Clients"

    def _has_field_access(self, field, operation):
        """Extend the core method: clients read neither ``create_uid`` nor ``write_uid``."""
        if field.name in ("create_uid", "write_uid") and self.env.user.share and not self.env.su:
            return False
        return super()._has_field_access(field, operation)
