/* alert.c - what is wrong, and for how long it has been; knows no clock */
/* SPDX-License-Identifier: MIT */
#include "metrics/alert.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "proto/json.h"

static const struct {
	const char *name;
	const char *when;
	const char *clear;
} defaults[] = {
#define ALERT(name, when, clear) { name, when, clear },
#include "metrics/alerts.def"
#undef ALERT
};

bool alerts_have(const struct alerts *alerts, const char *name)
{
	for (size_t i = 0; i < alerts->count; i++)
		if (strcmp(alerts->all[i].name, name) == 0)
			return true;
	return false;
}

/* It goes into JSON and logs. */
const char *alert_name_check(struct slice name)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-. ";
	size_t len = 0;

	while (len < name.len && memchr(good, name.ptr[len], sizeof(good) - 1))
		len++;
	return len > 0 && len <= ALERT_NAME_MAX && len == name.len
		? NULL
		: "has a name that is not of 1 to 64 letters, digits, blanks and _ - .";
}

int alerts_add(struct alerts *alerts, const char *name, const char *when, const char *clear,
	const char **ret_why)
{
	struct alert alert = { .has_clear = clear[0] != '\0' };
	int r;

	*ret_why = alert_name_check(slice_of(name));
	if (*ret_why)
		return -EINVAL;
	*ret_why = "there is one of this name";
	if (alerts_have(alerts, name))
		return -EINVAL;
	*ret_why = "there are too many";
	if (alerts->count == ALERTS_MAX)
		return -ENOSPC;
	r = rule_parse(slice_of(when), &alert.when, ret_why);
	if (r == 0 && alert.has_clear)
		r = rule_parse(slice_of(clear), &alert.clear, ret_why);
	if (r < 0)
		return r;
	snprintf(alert.name, sizeof(alert.name), "%s", name);
	alerts->all[alerts->count++] = alert;
	return 0;
}

void alerts_add_defaults(struct alerts *alerts, const char *const *named)
{
	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++) {
		const char *const *at = named;
		const char *why;

		while (*at && strcmp(*at, defaults[i].name) != 0)
			at++;
		if (!*at)
			(void)alerts_add(alerts, defaults[i].name, defaults[i].when,
				defaults[i].clear, &why);
	}
}

static bool same_rule(const struct rule *a, const struct rule *b)
{
	return strcmp(a->of, b->of) == 0 && strcmp(a->name, b->name) == 0 && a->op == b->op &&
		a->limit == b->limit && a->for_ms == b->for_ms;
}

void alerts_inherit(struct alerts *alerts, const struct alerts *before)
{
	for (size_t i = 0; i < alerts->count; i++) {
		struct alert *alert = &alerts->all[i];

		for (size_t j = 0; j < before->count; j++) {
			const struct alert *old = &before->all[j];
			struct rule clear = alert->clear;
			bool has_clear = alert->has_clear;

			if (strcmp(alert->name, old->name) != 0 ||
				!same_rule(&alert->when, &old->when))
				continue;
			*alert = *old;
			alert->clear = clear;
			alert->has_clear = has_clear;
			alert->waiting = false;
		}
	}
}

void alerts_begin(struct alerts *alerts)
{
	for (size_t i = 0; i < alerts->count; i++) {
		alerts->all[i].known = false;
		alerts->all[i].any_holds = false;
		alerts->all[i].all_clear = true;
	}
}

static void see(struct alert *alert, const struct figure *figure)
{
	const struct rule *clear = &alert->clear;

	if (alert->has_clear && rule_is_about(clear, figure))
		alert->all_clear &= rule_holds(clear, figure->value);
	if (!rule_is_about(&alert->when, figure))
		return;
	alert->any_holds |= rule_holds(&alert->when, figure->value);
	if (alert->known && !rule_is_worse(&alert->when, figure->value, alert->value))
		return;
	alert->known = true;
	alert->value = figure->value;
	snprintf(alert->on, sizeof(alert->on), "%s", figure->of);
}

void alerts_see(struct alerts *alerts, const struct figure *figure)
{
	for (size_t i = 0; i < alerts->count; i++)
		see(&alerts->all[i], figure);
}

/* Whether what would change the state holds now. */
static bool turns(const struct alert *alert)
{
	if (!alert->known)
		return false;
	if (!alert->firing)
		return alert->any_holds;
	return alert->has_clear ? alert->all_clear : !alert->any_holds;
}

static bool end(struct alert *alert, struct mono now)
{
	bool by_clear = alert->firing && alert->has_clear;
	uint64_t for_ms = by_clear ? alert->clear.for_ms : alert->when.for_ms;

	if (!turns(alert)) {
		alert->waiting = false;
		return false;
	}
	if (!alert->waiting)
		alert->begun = now;
	alert->waiting = true;
	if (mono_before(now, mono_after(alert->begun, for_ms)))
		return false;
	alert->waiting = false;
	alert->firing = !alert->firing;
	return true;
}

void alerts_end(struct alerts *alerts, struct mono now, uint64_t wall_ms,
	void (*fn)(void *arg, const struct alert *alert), void *arg)
{
	for (size_t i = 0; i < alerts->count; i++) {
		struct alert *alert = &alerts->all[i];

		if (!end(alert, now))
			continue;
		alert->since_ms = wall_ms;
		fn(arg, alert);
	}
}

void alert_write(const struct alert *alert, struct buf *out)
{
	struct buf when = { .cap = 0 };

	rule_write(&alert->when, &when);
	json_add_string(out, "name", slice_of(alert->name));
	json_add_string(out, "state", alert->firing ? SLICE("firing") : SLICE("ok"));
	if (alert->known) {
		json_add_double(out, "value", alert->value, 3);
		json_add_string(out, "on", slice_of(alert->on));
	} else {
		json_add_null(out, "value");
		json_add_null(out, "on");
	}
	if (alert->since_ms)
		json_add_u64(out, "since", alert->since_ms);
	json_add_string(out, "when", buf_slice(&when));
	buf_done(&when);
}
