import { Component, useEffect, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { isBinarySize } from "@web/core/utils/binary";
import { useBus } from "@web/core/utils/hooks";
import { imageUrl } from "@web/core/utils/urls";
import { FileUploader } from "@web/views/fields/file_handler";
import { fileTypeMagicWordMap } from "@web/views/fields/image/image_field";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const IMAGE_FIELD = "image_1920";

/** How far an arrow key moves a ring, as a fraction of the picture; with Shift, the longer way. */
const STEP = 0.01;
const LONG_STEP = 0.05;

const DIRECTIONS = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
};

const inPicture = (fraction) => Math.min(1, Math.max(0, Math.round(fraction * 10000) / 10000));

/**
 * The condition of a creation on its photo: a click places a numbered ring, a list beside the
 * photo says what each one is. Rings are dragged, or moved by the arrow keys.
 */
export class CarePhotoMarks extends Component {
    static template = "cartier_care.CarePhotoMarks";
    static components = { FileUploader };
    static props = { ...standardFieldProps };

    setup() {
        this.rootRef = useRef("root");
        this.boardRef = useRef("board");
        this.addRef = useRef("add");
        this.state = useState({ selectedId: false, focusId: false, drag: null, said: "" });
        this.pending = [];
        useBus(this.props.record.model.bus, "NEED_LOCAL_CHANGES", ({ detail }) => {
            const field = document.activeElement;
            if (this.rootRef.el?.contains(field) && field.dataset.note) {
                field.dispatchEvent(new Event("change"));
            }
            detail.proms.push(...this.pending);
        });
        useEffect(
            (id) => {
                if (id) {
                    this.rootRef.el.querySelector(`.o_care_mark_ring[data-id="${id}"]`)?.focus();
                    this.state.focusId = false;
                }
            },
            () => [this.state.focusId]
        );
    }

    get list() {
        return this.props.record.data[this.props.name];
    }

    get marks() {
        return [...this.list.records].sort((one, other) => one.data.number - other.data.number);
    }

    get kinds() {
        return this.list.fields.kind.selection;
    }

    get image() {
        const { data, resId, resModel } = this.props.record;
        const value = data[IMAGE_FIELD];
        if (isBinarySize(value)) {
            return imageUrl(resModel, resId, IMAGE_FIELD, { unique: data.write_date });
        }
        return `data:image/${fileTypeMagicWordMap[value[0]] || "png"};base64,${value}`;
    }

    /** Numbers run through all photos of the order, those not saved yet included. */
    get nextNumber() {
        const { record } = this.props;
        const photos = [record, ...(record._parentRecord?.data.photo_ids?.records || [])];
        const numbers = photos.flatMap(({ data }) => [
            data.last_mark_number || 0,
            ...(data.mark_ids?.records || []).map((mark) => mark.data.number || 0),
        ]);
        return Math.max(...numbers) + 1;
    }

    getKind(mark) {
        return this.kinds.find(([value]) => value === mark.data.kind)?.[1] || "";
    }

    getName(mark) {
        const note = mark.data.note ? `, ${mark.data.note}` : "";
        return _t("Mark %(number)s: %(kind)s", {
            number: mark.data.number,
            kind: this.getKind(mark) + note,
        });
    }

    /** What the fields beside a mark are called to who does not see where they stand. */
    getLabels(mark) {
        const { number } = mark.data;
        return {
            kind: _t("Kind of mark %s", number),
            note: _t("Note on mark %s", number),
            remove: _t("Remove mark %s", number),
        };
    }

    getStyle(mark) {
        const { drag } = this.state;
        const { x, y } = drag?.id === mark.id ? drag : mark.data;
        return `left: ${(x * 100).toFixed(2)}%; top: ${(y * 100).toFixed(2)}%;`;
    }

    getPlace(ev) {
        const { left, top, width, height } = this.boardRef.el.getBoundingClientRect();
        return {
            x: inPicture((ev.clientX - left) / width),
            y: inPicture((ev.clientY - top) / height),
        };
    }

    /** Keep a change until it is in the record, so that saving at once waits for it. */
    keep(promise) {
        this.pending.push(promise);
        return promise.finally(() => {
            this.pending = this.pending.filter((other) => other !== promise);
        });
    }

    /** Place marks one after the other: each takes the number after the last. */
    place(at) {
        this.placing = (this.placing || Promise.resolve()).then(() => this.addMark(at));
        return this.keep(this.placing);
    }

    async addMark({ x, y }) {
        const number = this.nextNumber;
        const mark = await this.list.addNewRecord({
            context: {
                ...this.props.context,
                default_kind: "scratch",
                default_number: number,
                default_x: x,
                default_y: y,
            },
            mode: "readonly",
            position: "bottom",
        });
        this.state.selectedId = mark.id;
        this.state.focusId = mark.id;
        this.state.said = _t("Mark %s is on the photo. Arrow keys move it.", number);
    }

    onBoardClick(ev) {
        if (!this.props.readonly && !ev.target.closest(".o_care_mark_ring")) {
            this.place(this.getPlace(ev));
        }
    }

    add() {
        return this.place({ x: 0.5, y: 0.5 });
    }

    async remove(mark) {
        const { number } = mark.data;
        await this.keep(this.list.delete(mark));
        this.state.said = _t("Mark %s is removed.", number);
        this.addRef.el?.focus();
    }

    select(mark) {
        this.state.selectedId = mark.id;
    }

    update(mark, changes) {
        return this.keep(mark.update(changes));
    }

    onRingKeydown(ev, mark) {
        if (this.props.readonly) {
            return;
        }
        if (ev.key === "Delete" || ev.key === "Backspace") {
            ev.preventDefault();
            this.remove(mark);
        } else if (ev.key in DIRECTIONS) {
            ev.preventDefault();
            ev.stopPropagation();
            const [right, down] = DIRECTIONS[ev.key];
            const step = ev.shiftKey ? LONG_STEP : STEP;
            this.update(mark, {
                x: inPicture(mark.data.x + right * step),
                y: inPicture(mark.data.y + down * step),
            });
        }
    }

    onRingPointerdown(ev, mark) {
        if (!this.props.readonly && ev.isPrimary && ev.button === 0) {
            ev.target.setPointerCapture(ev.pointerId);
            this.state.drag = { id: mark.id, isMoved: false, x: mark.data.x, y: mark.data.y };
        }
    }

    onRingPointermove(ev, mark) {
        if (this.state.drag?.id === mark.id) {
            Object.assign(this.state.drag, this.getPlace(ev), { isMoved: true });
        }
    }

    async onRingPointerup(mark) {
        const { drag } = this.state;
        if (drag?.id === mark.id && drag.isMoved) {
            await this.update(mark, { x: drag.x, y: drag.y });
        }
        this.state.drag = null;
    }

    onRingPointercancel() {
        this.state.drag = null;
    }

    onReplaced({ data }) {
        return this.keep(this.props.record.update({ [IMAGE_FIELD]: data }));
    }
}

registry.category("fields").add("care_photo_marks", {
    component: CarePhotoMarks,
    displayName: _t("Marks on a photo"),
    supportedTypes: ["one2many"],
    useSubView: true,
});
