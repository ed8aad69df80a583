import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { imageUrl } from "@web/core/utils/urls";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { x2ManyField } from "@web/views/fields/x2many/x2many_field";

/**
 * The condition at hand-over beside that at intake: each marked photo next to one taken after the
 * work, and under them each mark with what became of it.
 */
export class CareCompare extends Component {
    static template = "cartier_care.CareCompare";
    static props = { ...standardFieldProps, "*": true };

    get list() {
        return this.props.record.data[this.props.name];
    }

    get marks() {
        return [...this.list.records].sort((one, other) => one.data.number - other.data.number);
    }

    get choices() {
        return this.list.fields.hand_over_state.selection;
    }

    get progress() {
        const compared = this.marks.filter((mark) => mark.data.hand_over_state).length;
        return _t("%(compared)s of %(count)s marks compared", {
            compared,
            count: this.marks.length,
        });
    }

    /** Pairs of a marked photo and one taken after the work, in the order they were taken. */
    get pairs() {
        const photos = this.props.record.data.photo_ids.records.filter((photo) => photo.resId);
        const after = photos.filter((photo) => photo.data.stage === "after");
        const marked = photos.filter(
            (photo) => photo.data.stage === "intake" && this.getMarks(photo).length
        );
        return marked.map((before, index) => ({ before, after: after[index] || after.at(-1) }));
    }

    getMarks(photo) {
        return this.marks.filter((mark) => mark.data.photo_id.id === photo.resId);
    }

    getImage(photo) {
        return imageUrl("care.order.photo", photo.resId, "image_1024");
    }

    getStyle({ data: { x, y } }) {
        return `left: ${(x * 100).toFixed(2)}%; top: ${(y * 100).toFixed(2)}%;`;
    }

    getKind(mark) {
        const kinds = this.list.fields.kind.selection;
        return kinds.find(([value]) => value === mark.data.kind)?.[1] || "";
    }

    getChoice(mark) {
        return this.choices.find(([value]) => value === mark.data.hand_over_state)?.[1] || "";
    }

    getQuestion(mark) {
        return _t("Mark %s at hand-over", mark.data.number);
    }

    getNoteLabel(mark) {
        return _t("What is seen now of mark %s", mark.data.number);
    }

    choose(mark, value) {
        return mark.update({ hand_over_state: value });
    }

    note(mark, value) {
        return mark.update({ hand_over_note: value });
    }
}

registry.category("fields").add("care_compare", {
    ...x2ManyField,
    component: CareCompare,
    displayName: _t("Condition compared"),
    supportedTypes: ["one2many"],
});
