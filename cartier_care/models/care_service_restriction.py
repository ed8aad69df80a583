from ast import literal_eval
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache


def parse_domain(expression):
    """Return the domain written in ``expression`` (an empty one for an empty text).

    :raise ValueError, SyntaxError: when the text is not a literal list
    """
    return literal_eval(expression.strip()) if expression and expression.strip() else []


def filter_by_domain(creation, expression):
    """Tell whether a ``care.creation`` (or none) matches the domain written in ``expression``."""
    domain = parse_domain(expression)
    return not domain or bool(creation.filtered_domain(domain))


class CareServiceRestriction(models.Model):
    """Who may not have a service, as data (care-rules.md, 5).

    A house adds one or archives one without code; what a domain cannot say is left to
    ``care.service._get_refusals``.
    """

    _name = "care.service.restriction"
    _description = "Care Service Restriction"
    _order = "service_id, sequence, id"
    _rec_name = "reason"

    service_id = fields.Many2one("care.service", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    domain = fields.Char(
        required=True,
        default="[]",
        help="The service is refused to every creation that this domain on creations matches.",
    )
    reason = fields.Char(
        required=True, translate=True, help="In words that the client understands."
    )
    alternative_service_id = fields.Many2one(
        "care.service", string="Alternative Proposed", ondelete="set null", index="btree_not_null"
    )

    @api.constrains("domain")
    def _check_domain(self):
        Creation = self.env["care.creation"]
        for restriction in self:
            try:
                domain = parse_domain(restriction.domain)
                Creation.search(domain, limit=0)
                Creation.new({}).filtered_domain(domain)
            except (ValueError, SyntaxError, KeyError, TypeError) as error:
                raise ValidationError(
                    self.env._(
                        "“%(domain)s” is not a domain on creations: correct it, for example "
                        "[('is_paved', '=', True)].",
                        domain=restriction.domain,
                    )
                ) from error

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    @ormcache("self.env.lang")
    def _get_active_by_service(self):
        """Return the active restrictions, which every offer and every line asks for.

        :return: ``{service id: ((domain, reason, id of the alternative or False), …)}``, the
            reasons in the language of the context
        :rtype: dict
        """
        by_service = defaultdict(tuple)
        for restriction in self.sudo().search([("active", "=", True)]):
            by_service[restriction.service_id.id] += (
                (
                    parse_domain(restriction.domain),
                    restriction.reason,
                    restriction.alternative_service_id.id,
                ),
            )
        return dict(by_service)
