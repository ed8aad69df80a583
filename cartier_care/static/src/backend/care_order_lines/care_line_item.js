import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Many2OneField } from "@web/views/fields/many2one/many2one_field";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** One column for what a line is: the service, or the part that it needs. */
export class CareLineItem extends Component {
    static template = "cartier_care.CareLineItem";
    static components = { Many2OneField };
    static props = { ...standardFieldProps };

    get isPart() {
        return this.props.record.data.line_type === "part";
    }

    get isOptional() {
        return Boolean(this.props.record.data.is_optional);
    }

    get itemProps() {
        const props = {
            ...this.props,
            canOpen: false,
            canCreate: false,
            canCreateEdit: false,
            canQuickCreate: false,
        };
        if (this.isPart) {
            return {
                ...props,
                name: "product_id",
                placeholder: _t("Component, stone or pearl"),
                domain: [
                    ["is_creation", "=", false],
                    ["type", "!=", "service"],
                ],
            };
        }
        return { ...props, placeholder: _t("Service") };
    }
}

registry.category("fields").add("care_line_item", {
    component: CareLineItem,
    supportedTypes: ["many2one"],
});
