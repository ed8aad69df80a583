import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;

/** Orders whose promise is kept or gone: their day has no color any more. */
const SETTLED_STATES = ["ready", "done", "declined", "cancel", "skipped"];

/**
 * Tell how a promised day stands: late, today, tomorrow, or to come. A day says more than "next
 * month" to who has to keep it.
 *
 * @param {DateTime} day
 * @param {string} state of the order or the operation
 * @returns {{text: string, className: string, isPressing: boolean}}
 */
export function getPromise(day, state) {
    const today = DateTime.local().startOf("day");
    const left = Math.round(day.startOf("day").diff(today, "days").days);
    if (SETTLED_STATES.includes(state) || left > 1) {
        const isThisYear = day.year === today.year;
        const format = { day: "numeric", month: "short", ...(isThisYear ? {} : { year: "numeric" }) };
        return { text: day.toLocaleString(format), className: "", isPressing: false };
    }
    if (left < 0) {
        const text = left === -1 ? _t("1 day late") : _t("%s days late", -left);
        return { text, className: "text-danger fw-bold", isPressing: true };
    }
    const text = left ? _t("Tomorrow") : _t("Today");
    return { text, className: "text-warning-emphasis fw-bold", isPressing: true };
}

/** The promised day in its color. */
export class CarePromised extends Component {
    static template = "cartier_care.CarePromised";
    static props = { ...standardFieldProps };

    get day() {
        return this.props.record.data[this.props.name];
    }

    get promise() {
        return getPromise(this.day, this.props.record.data.state);
    }

    get title() {
        return this.day.toLocaleString(DateTime.DATE_FULL);
    }
}

registry.category("fields").add("care_promised", {
    component: CarePromised,
    supportedTypes: ["date"],
});
