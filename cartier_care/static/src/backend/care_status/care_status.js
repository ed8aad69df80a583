import { registry } from "@web/core/registry";
import { BadgeField, badgeField } from "@web/views/fields/badge/badge_field";

/** The status of an order. What the house has lost was handed over to nobody. */
export class CareStatus extends BadgeField {
    get formattedValue() {
        const { data, fields } = this.props.record;
        if (data.disposition !== "lost") {
            return super.formattedValue;
        }
        return fields.disposition.selection.find(([value]) => value === "lost")[1];
    }
}

registry.category("fields").add("care_status", {
    ...badgeField,
    component: CareStatus,
    supportedTypes: ["selection"],
    fieldDependencies: [{ name: "disposition", type: "selection", readonly: true }],
});
