/* taps.c - clients that are shown all that is said: told to each new hub, and logged */
/* SPDX-License-Identifier: MIT */
#include "gateway/taps.h"

#include "gateway/uplink.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"

struct taps {
	struct list all; /* few: the hub bounds those that begin, and each client has one */
};

struct tap {
	struct list link;
	const struct session *session;
	struct buf asked; /* a message TAP, encoded: what it is to show, */
	struct buf begun; /* and what it shows; empty: nothing yet */
	uint64_t shown; /* messages */
};

struct taps *taps_new(void)
{
	struct taps *taps = mem_alloc(sizeof(*taps));

	list_init(&taps->all);
	return taps;
}

static struct tap *entry(struct list *link)
{
	return LIST_ENTRY(link, struct tap, link);
}

static void tap_free(struct tap *tap)
{
	list_remove(&tap->link);
	buf_done(&tap->asked);
	buf_done(&tap->begun);
	mem_free(tap);
}

void taps_free(struct taps *taps)
{
	if (!taps)
		return;
	while (!list_empty(&taps->all))
		tap_free(entry(taps->all.next));
	mem_free(taps);
}

static struct tap *find(struct taps *taps, const struct session *session)
{
	for (struct list *link = taps->all.next; link != &taps->all; link = link->next)
		if (entry(link)->session == session)
			return entry(link);
	return NULL;
}

/* It was encoded here, so it can be decoded. */
static struct msg message_of(const struct buf *encoded)
{
	struct msg msg = { .type = MSG_TAP };
	struct slice bytes = buf_slice(encoded);

	(void)msg_decode(&bytes, &msg);
	return msg;
}

static const char *who(const struct session *session, enum session_text text)
{
	return log_quote(session_get(session, text));
}

static void log_begin(const struct tap *tap)
{
	struct msg msg = message_of(&tap->begun);

	log_audit("tap_begin", "by=%s conn=%s address=%s room=%s user=%s type=%s connection=%s",
		who(tap->session, SESSION_USER), who(tap->session, SESSION_ID),
		who(tap->session, SESSION_ADDRESS), log_quote(msg.tap.room),
		log_quote(msg.tap.user), log_quote(msg.tap.type), log_quote(msg.tap.id));
}

static void end(struct tap *tap)
{
	if (tap->begun.len)
		log_audit("tap_end", "by=%s conn=%s shown=%llu", who(tap->session, SESSION_USER),
			who(tap->session, SESSION_ID), (unsigned long long)tap->shown);
	tap_free(tap);
}

void taps_asked(struct taps *taps, const struct session *session, const struct msg_tap *ask)
{
	struct msg msg = { .type = MSG_TAP, .tap = *ask };
	struct tap *tap = find(taps, session);

	if (!session->admin)
		return;
	if (!tap) {
		tap = mem_alloc(sizeof(*tap));
		tap->session = session;
		list_init(&tap->link);
		list_append(&taps->all, &tap->link);
	}
	msg.tap.ref = (struct slice){ NULL, 0 };
	buf_clear(&tap->asked);
	msg_encode(&tap->asked, &msg);
}

void taps_said(struct taps *taps, const struct session *session, const struct msg_tapping *said)
{
	struct tap *tap = find(taps, session);

	if (!tap)
		return;
	if (!said->on) {
		end(tap);
		return;
	}
	if (slice_eq(buf_slice(&tap->begun), buf_slice(&tap->asked)))
		return;
	buf_clear(&tap->begun);
	buf_put(&tap->begun, buf_slice(&tap->asked));
	log_begin(tap);
}

void taps_shown(struct taps *taps, const struct session *session)
{
	struct tap *tap = find(taps, session);

	if (tap)
		tap->shown++;
}

void taps_gone(struct taps *taps, const struct session *session)
{
	struct tap *tap = find(taps, session);

	if (tap)
		end(tap);
}

void taps_again(struct taps *taps, struct uplink *uplink)
{
	for (struct list *link = taps->all.next; link != &taps->all; link = link->next) {
		struct msg msg = message_of(&entry(link)->begun);

		if (entry(link)->begun.len)
			(void)uplink_send(uplink, &msg);
	}
}
