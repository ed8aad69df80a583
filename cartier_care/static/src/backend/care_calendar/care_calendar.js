import { deserializeDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { CalendarCommonRenderer } from "@web/views/calendar/calendar_common/calendar_common_renderer";
import { CalendarModel } from "@web/views/calendar/calendar_model";
import { CalendarRenderer } from "@web/views/calendar/calendar_renderer";
import { calendarView } from "@web/views/calendar/calendar_view";
import { getPromise } from "../care_promised/care_promised";

/** An entry says whose piece is promised, which, how far it is, and whether it is late. */
class CareCalendarModel extends CalendarModel {
    /** @override */
    normalizeRecord(rawRecord) {
        const record = super.normalizeRecord(rawRecord);
        const { partner_id: client, creation_id: creation, date_promised: day, state } = rawRecord;
        record.client = client ? client[1] : "";
        record.creation = creation ? creation[1] : "";
        record.state = this.fields.state.selection.find(([value]) => value === state)?.[1];
        record.promise = getPromise(deserializeDate(day), state);
        record.title = [record.title, record.client].filter(Boolean).join(" · ");
        return record;
    }
}

class CareCalendarCommonRenderer extends CalendarCommonRenderer {
    static eventTemplate = "cartier_care.CareCalendar.event";

    /** @override what is late is past, and not over */
    eventClassNames(info) {
        const record = this.props.model.records[info.event.id];
        const classes = super.eventClassNames(info);
        return record?.promise.isPressing
            ? classes.filter((name) => name !== "o_past_event")
            : classes;
    }
}

class CareCalendarRenderer extends CalendarRenderer {
    static components = {
        ...CalendarRenderer.components,
        day: CareCalendarCommonRenderer,
        week: CareCalendarCommonRenderer,
        month: CareCalendarCommonRenderer,
    };
}

registry.category("views").add("care_calendar", {
    ...calendarView,
    Model: CareCalendarModel,
    Renderer: CareCalendarRenderer,
});
