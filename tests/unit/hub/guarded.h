/* guarded.h - ann and bob in a lobby that is guarded, and what is written down there */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_HUB_GUARDED_H
#define TESTS_UNIT_HUB_GUARDED_H

#include "tests/unit/hub/judge.h"

#define ASKED(n) "g4 guarded " n " in=2000 room=lobby type=chat id=ann user=u1\n"
#define SAID(offset) \
	"deliver room=lobby type=chat offset=" offset " id=ann nickname=ANN user=u1 body=\"n\":1\n"
#define ALL_HEAR(offset, receipt) "g1 " SAID(offset) receipt "g2 " SAID(offset)

static inline void begin(struct judged *judged)
{
	judged_begin(judged, HANDLER_GUARD);
}

static inline void ask(struct judged *judged, const char *ref, const char *mid)
{
	judged_say(judged, 1, "chat", ref, mid);
}

static inline void turn(struct judged *judged)
{
	judged_turn(judged);
}

#endif
