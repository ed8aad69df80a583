import { registry } from "@web/core/registry";
import { MonetaryField, monetaryField } from "@web/views/fields/monetary/monetary_field";

/**
 * The total of an order, or what says more than it: that it is complimentary, or to be estimated.
 * Sums are those of the amounts.
 */
export class CareTotal extends MonetaryField {
    static template = "cartier_care.CareTotal";

    get label() {
        return this.props.record.data.amount_label;
    }
}

registry.category("fields").add("care_total", {
    ...monetaryField,
    component: CareTotal,
    fieldDependencies: [{ name: "amount_label", type: "char", readonly: true }],
});
