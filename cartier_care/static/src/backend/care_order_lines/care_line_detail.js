import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { CharField } from "@web/views/fields/char/char_field";
import { FloatField } from "@web/views/fields/float/float_field";
import { formatFloat } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * One column for what the client wants of a line: the change of size, the text to engrave, the
 * wish that the service asks for, or the quantity of a part.
 */
export class CareLineDetail extends Component {
    static template = "cartier_care.CareLineDetail";
    static components = { CharField, FloatField };
    static props = { ...standardFieldProps };

    get data() {
        return this.props.record.data;
    }

    /** The field that holds the detail, or nothing when the line needs none. */
    get detail() {
        const { line_type, adjustment_unit, requires_proof, requested_detail } = this.data;
        if (line_type === "part") {
            return "quantity";
        }
        if (adjustment_unit) {
            return "adjustment";
        }
        return requires_proof ? "engraving_text" : requested_detail;
    }

    get isNumber() {
        return ["quantity", "adjustment"].includes(this.detail);
    }

    get placeholder() {
        return {
            engraving_text: _t("Text to engrave"),
            cord_color: _t("Color of the cord"),
            clasp_request: _t("Clasp wanted"),
        }[this.detail];
    }

    get unit() {
        if (this.detail !== "adjustment") {
            return "";
        }
        if (this.data.adjustment_unit === "cm") {
            return _t("cm");
        }
        return Math.abs(this.data.adjustment) > 1 ? _t("sizes") : _t("size");
    }

    get inputProps() {
        const props = { ...this.props, name: this.detail };
        return this.isNumber ? props : { ...props, placeholder: this.placeholder };
    }

    get text() {
        if (this.detail === "quantity") {
            return `× ${this.formatNumber(this.data.quantity)}`;
        }
        if (this.detail === "adjustment") {
            const { adjustment } = this.data;
            const sign = adjustment > 0 ? "+" : adjustment < 0 ? "−" : "";
            return `${sign}${this.formatNumber(Math.abs(adjustment))} ${this.unit}`;
        }
        if (this.detail === "engraving_text") {
            const { engraving_text: engraved, engraving_image: image } = this.data;
            return engraved ? `“${engraved}”` : image ? _t("A design") : "";
        }
        return this.data[this.detail] || "";
    }

    formatNumber(number) {
        return formatFloat(number, { digits: [16, 2], trailingZeros: false });
    }
}

registry.category("fields").add("care_line_detail", {
    component: CareLineDetail,
    supportedTypes: ["float"],
});
