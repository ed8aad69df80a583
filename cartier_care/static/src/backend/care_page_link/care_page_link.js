import { Component, useRef } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** How many frames a page may take to be drawn. */
const PATIENCE = 60;

/** Opens a page of the form and puts the cursor into the first of some fields that is there. */
export class CarePageLink extends Component {
    static template = "cartier_care.CarePageLink";
    static props = {
        ...standardWidgetProps,
        fields: { type: Array, element: String },
        hotkey: { type: String, optional: true },
        page: String,
        string: String,
    };

    setup() {
        this.root = useRef("root");
    }

    async open() {
        const form = this.root.el.closest(".o_form_renderer");
        form.querySelector(`.o_notebook .nav-link[name="${this.props.page}"]`)?.click();
        const inputs = this.props.fields.map((name) => `.o_field_widget[name="${name}"] input`);
        for (let frame = 0; frame < PATIENCE; frame++) {
            const input = form.querySelector(inputs.join());
            if (input) {
                return input.focus();
            }
            await new Promise(requestAnimationFrame);
        }
    }
}

registry.category("view_widgets").add("care_page_link", {
    component: CarePageLink,
    extractProps: ({ attrs }) => ({
        fields: attrs.fields.split(","),
        hotkey: attrs.hotkey,
        page: attrs.page,
        string: attrs.string,
    }),
});
