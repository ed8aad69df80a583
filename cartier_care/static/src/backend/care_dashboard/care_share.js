import { registry } from "@web/core/registry";
import { formatPercentage } from "@web/views/fields/formatters";

/** A share in pivots and graphs: nothing where there is nothing to have a share of. */
export function formatShare(value, options = {}) {
    return value === false || value === undefined
        ? ""
        : formatPercentage(value, { ...options, digits: [16, 0] });
}

registry.category("formatters").add("care_share", formatShare);
