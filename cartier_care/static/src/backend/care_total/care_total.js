import { registry } from "@web/core/registry";
import { MonetaryField, monetaryField } from "@web/views/fields/monetary/monetary_field";

/**
 * What an order is to bring, or what says more than it: that it is complimentary, to be estimated,
 * or declined. Sums are those of the amounts.
 */
export class CareTotal extends MonetaryField {
    static template = "cartier_care.CareTotal";

    get label() {
        return this.props.record.data.amount_expected_label;
    }
}

registry.category("fields").add("care_total", {
    ...monetaryField,
    component: CareTotal,
    fieldDependencies: [{ name: "amount_expected_label", type: "char", readonly: true }],
});
