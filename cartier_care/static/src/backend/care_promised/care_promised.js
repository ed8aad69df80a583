import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;

/** Orders whose promise is kept or gone: their day has no color any more. */
const SETTLED_STATES = ["ready", "done", "declined", "cancel", "skipped"];

/**
 * The promised day as a day, in its color: late, today, or to come. A day says more than "next
 * month" to who has to keep it.
 */
export class CarePromised extends Component {
    static template = "cartier_care.CarePromised";
    static props = { ...standardFieldProps };

    get day() {
        return this.props.record.data[this.props.name];
    }

    get daysLeft() {
        const today = DateTime.local().startOf("day");
        return Math.round(this.day.startOf("day").diff(today, "days").days);
    }

    get isSettled() {
        return SETTLED_STATES.includes(this.props.record.data.state);
    }

    get text() {
        const left = this.daysLeft;
        if (!this.isSettled && left < 0) {
            return left === -1 ? _t("1 day late") : _t("%s days late", -left);
        }
        if (!this.isSettled && left <= 1) {
            return left ? _t("Tomorrow") : _t("Today");
        }
        const isThisYear = this.day.year === DateTime.local().year;
        const format = { day: "numeric", month: "short", ...(isThisYear ? {} : { year: "numeric" }) };
        return this.day.toLocaleString(format);
    }

    get title() {
        return this.day.toLocaleString(DateTime.DATE_FULL);
    }

    get className() {
        if (this.isSettled || this.daysLeft > 1) {
            return "";
        }
        return this.daysLeft < 0 ? "text-danger fw-bold" : "text-warning-emphasis fw-bold";
    }
}

registry.category("fields").add("care_promised", {
    component: CarePromised,
    supportedTypes: ["date"],
});
