import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Shows the lines of a text as a list of sentences, each with a capital and a full stop. */
export class CareSentences extends Component {
    static template = "cartier_care.CareSentences";
    static props = { ...standardFieldProps };

    get sentences() {
        const text = this.props.record.data[this.props.name] || "";
        return text
            .split("\n")
            .filter((sentence) => sentence.trim())
            .map((sentence) => {
                const capital = sentence.charAt(0).toLocaleUpperCase() + sentence.slice(1);
                return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
            });
    }
}

registry.category("fields").add("care_sentences", {
    component: CareSentences,
    supportedTypes: ["text", "char"],
});
