import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { Group } from "@web/model/relational_model/group";

/** Odoo names the groups without a value, but for choices: those stand there as a bare number. */
patch(Group.prototype, {
    setup(config, data) {
        super.setup(...arguments);
        if (this.displayName === undefined && config.resModel.startsWith("care.")) {
            this.displayName = this.groupByField.falsy_value_label || _t("None");
        }
    },
});
