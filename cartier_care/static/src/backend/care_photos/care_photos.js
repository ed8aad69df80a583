import { useRef, useState } from "@odoo/owl";
import { hasTouch } from "@web/core/browser/feature_detection";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus } from "@web/core/utils/hooks";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";

/** As large as the house keeps them; a telephone's photos are several times that. */
const MAX_SIDE = 1920;
const QUALITY = 0.88;

const IMAGE_TYPES = ["image/jpeg", "image/png", "image/webp", "image/gif"];

/** What a photo shows when it is taken, by how far its order is. */
const STAGES = { draft: "intake", received: "intake", in_progress: "before", ready: "after" };

/**
 * Read a picture and make it no larger than the house keeps it.
 *
 * @param {File} file
 * @returns {Promise<string>} the picture in base64
 * @throws when the file holds no picture
 */
async function readPicture(file) {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return canvas.toDataURL("image/jpeg", QUALITY).split(",")[1];
}

/**
 * The photos of an order: dropped anywhere on the area, chosen, or taken with the camera, several
 * at once. A click on one opens it with its marks.
 */
export class CarePhotos extends X2ManyField {
    static template = "cartier_care.CarePhotos";

    setup() {
        super.setup();
        const openRecord = this._openRecord;
        this._openRecord = (params) =>
            openRecord({ title: params.record?.data.name || _t("Photo"), ...params });
        this.inputRef = useRef("input");
        this.cameraRef = useRef("camera");
        this.hasCamera = hasTouch();
        this.pictures = useState({ isOver: false, isReading: false });
        this.reading = Promise.resolve();
        // Whoever saves waits for the photos that are being read.
        useBus(this.props.record.model.bus, "NEED_LOCAL_CHANGES", ({ detail }) =>
            detail.proms.push(this.reading)
        );
    }

    get canAdd() {
        return this.canCreate && this.props.record.isInEdition;
    }

    get rendererProps() {
        const props = super.rendererProps;
        // The area above adds them.
        delete props.addLabel;
        delete props.onAdd;
        return props;
    }

    onInput(ev) {
        this.take([...ev.target.files]);
        ev.target.value = "";
    }

    onDragOver(ev) {
        if (this.canAdd && ev.dataTransfer?.types.includes("Files")) {
            ev.preventDefault();
            this.pictures.isOver = true;
        }
    }

    onDragLeave(ev) {
        if (!ev.currentTarget.contains(ev.relatedTarget)) {
            this.pictures.isOver = false;
        }
    }

    onDrop(ev) {
        this.pictures.isOver = false;
        if (this.canAdd && ev.dataTransfer?.files.length) {
            ev.preventDefault();
            this.take([...ev.dataTransfer.files]);
        }
    }

    /** Take pictures one after the other, whatever comes meanwhile. */
    take(files) {
        this.reading = this.reading.then(() => this.addPictures(files));
        return this.reading;
    }

    async addPictures(files) {
        this.pictures.isReading = true;
        try {
            for (const file of files) {
                await this.addPicture(file);
            }
        } finally {
            this.pictures.isReading = false;
        }
    }

    async addPicture(file) {
        let image;
        try {
            image = IMAGE_TYPES.includes(file.type) && (await readPicture(file));
        } catch {
            image = false;
        }
        if (!image) {
            this.notificationService.add(
                _t("%s is no photo: choose a JPEG, PNG or WebP picture.", file.name),
                { type: "warning" }
            );
            return;
        }
        const { state, can_check, can_finish } = this.props.record.data;
        // Once nothing but the check is left to do, a photo shows what was done.
        const stage = can_check || can_finish ? "after" : STAGES[state] || "before";
        const photo = await this.list.addNewRecord({
            context: { ...this.props.context, default_stage: stage },
            mode: "readonly",
            position: "bottom",
        });
        await photo.update({ image_1920: image });
    }
}

registry.category("fields").add("care_photos", {
    ...x2ManyField,
    component: CarePhotos,
});
