from odoo import fields, models

from .care_service_restriction import filter_by_domain


class CareOperation(models.Model):
    """A step at the bench, in the order in which jewelers do it (care-rules.md, 6)."""

    _name = "care.operation"
    _description = "Bench Operation"
    _order = "sequence, code"

    code = fields.Char(required=True, copy=False)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The place of the operation in every route.")
    active = fields.Boolean(default=True)
    domain = fields.Char(
        string="Condition",
        help="A domain on the creation; when set, the operation is planned only where it matches.",
    )
    companion_ids = fields.Many2many(
        "care.operation",
        relation="care_operation_companion_rel",
        column1="operation_id",
        column2="companion_id",
        string="Brings Along",
        help="Operations that are planned wherever this one is, such as the rhodium steps "
        "around polishing; each under its own condition.",
    )
    is_mandatory = fields.Boolean(
        string="Cannot Be Skipped", help="The diagnosis and the final check are never skipped."
    )
    is_check = fields.Boolean(
        string="Quality Check", help="A check can fail, which reopens the work before it."
    )
    is_always_last = fields.Boolean(help="Done only when every other operation is.")
    wears_metal = fields.Boolean(
        help="Each time it is done counts as a polishing of the creation (care-rules.md, 8)."
    )
    has_method = fields.Boolean(
        string="Cleaning Method", help="The record says whether it was ultrasonic or by hand."
    )

    _code_unique = models.Constraint(
        "UNIQUE(code)", "Another operation has this code already: choose a different one."
    )

    def _expand_route(self, creation):
        """Return the operations of ``self`` with their companions, where the creation needs them.

        :param creation: one ``care.creation``
        :return: the operations in bench order
        :rtype: care.operation
        """
        route = self
        added = self
        while added := added.companion_ids - route:
            route |= added
        return route.filtered(
            lambda operation: filter_by_domain(creation, operation.domain)
        ).sorted(lambda operation: (operation.is_always_last, operation.sequence, operation.code))
