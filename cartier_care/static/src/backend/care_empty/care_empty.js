import { patch } from "@web/core/utils/patch";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";

/** Odoo leaves a board blank that is grouped by records and has no group: ours say what to do. */
patch(KanbanRenderer.prototype, {
    get showNoContentHelper() {
        const { resModel, isGrouped, groups } = this.props.list;
        return (
            super.showNoContentHelper ||
            (resModel.startsWith("care.") && isGrouped && !groups.length)
        );
    },
});
