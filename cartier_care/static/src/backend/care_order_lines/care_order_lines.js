import { registry } from "@web/core/registry";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";

/**
 * The lines of an order, edited in place. The button at the end of a line opens all of it in a
 * dialog over the order, saved with the order, instead of leaving the order for another page.
 */
export class CareOrderLines extends X2ManyField {
    switchToForm(record) {
        return this._openRecord({
            record,
            context: this.props.context,
            readonly: this.props.readonly,
        });
    }
}

registry.category("fields").add("care_order_lines", {
    ...x2ManyField,
    component: CareOrderLines,
});
