/* questions.h - what handlers are asked, and have not answered yet; knows no rooms and no links */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_QUESTIONS_H
#define HUB_QUESTIONS_H

#include "proto/base/clock.h"
#include "proto/base/hash.h"
#include "proto/base/list.h"
#include "proto/close.h"
#include "proto/event.h"
#include "proto/msg.h"

enum question_state {
	QUESTION_WAITING, /* to be asked */
	QUESTION_FRESH, /* asked by what is not yet in the journal */
	QUESTION_OUT, /* asked */
	QUESTION_DECIDED, /* it takes effect after those before it, or when its caller is back */
	QUESTION_STATES,
};

/* All that one handler, by its name, is asked; lives while it is. */
struct desk {
	struct questions *questions;
	struct list by_questions;
	struct slice name; /* owned */
	struct list all; /* struct question, by_desk: in the order of their numbers */
	struct list open[QUESTION_DECIDED]; /* the same, by_state */
	struct list due; /* soonest first; without those that wait for ever */
	unsigned count;
	size_t out; /* bytes of those that are asked */
	unsigned kept; /* calls whose answers wait for their callers */
	size_t kept_bytes; /* of these, and of the answers */
	UT_hash_handle hh;
};

/* What is to be ruled on in one room, in order. */
struct lane {
	struct list questions; /* struct question, by_lane */
	UT_hash_handle hh;
	size_t len;
	char name[];
};

struct question {
	uint64_t id; /* never used twice */
	struct desk *desk;
	struct lane *lane; /* NULL: a call */
	enum question_state state;
	enum handler_ruling ruling; /* of one that is decided; if refused, for: */
	enum error error;
	struct buf said; /* its RULING or ANSWER, encoded; empty: no handler has said it */
	size_t kept; /* bytes of a call and its answer that wait for the caller; 0: none do */
	uint64_t serial; /* of the sender's connection, as are: */
	struct slice sender, nickname, user; /* owned */
	struct buf message; /* PUBLISH, CALL or API_CALL, encoded */
	uint64_t time; /* ms since 1970 */
	struct mono due;
	bool again; /* it may have been asked before */
	bool stored; /* in the journal */
	bool api; /* the server API calls: `serial` is the epoch of the gateway that is told */
	struct list by_desk, by_state, by_due, by_lane, by_conn, by_dirty;
	UT_hash_handle hh, hh_mid;
	size_t key_len; /* of the sender and its own id of the message; 0: it has none */
	char *key;
};

struct questions {
	struct list desks;
	struct desk *by_name;
	struct question *by_id, *by_mid;
	struct lane *lanes;
	uint64_t last_id;
	unsigned count, kept;
	struct list dirty; /* not as the journal has them */
	struct buf removed; /* numbers of those that are in the journal and no longer here */
};

void questions_init(struct questions *questions, uint64_t wall_ms);
void questions_done(struct questions *questions);

struct desk *desk_find(const struct questions *questions, struct slice name); /* or NULL */
struct desk *desk_open(struct questions *questions, struct slice name);
void desks_tidy(struct questions *questions); /* those that are asked nothing go */

/* Who wants to say something, or calls. Borrowed. */
struct question_sender {
	uint64_t serial;
	struct slice id, nickname, user;
};
/* `message`: PUBLISH, CALL or API_CALL. */
struct question *question_new(struct desk *desk, const struct question_sender *sender,
	const struct msg *message, uint64_t time, struct mono due);
/* As the journal had it; NULL: that cannot be. */
struct question *question_restore(struct desk *desk, uint64_t id,
	const struct question_sender *sender, struct slice message, uint64_t time, struct mono due);
/* As the journal had it, as of journal_question. */
void question_restore_decided(
	struct question *question, uint8_t decided, struct slice error, struct slice said);
void question_free(struct question *question); /* the journal forgets it too */

struct question *question_find(const struct questions *questions, uint64_t id); /* or NULL */
struct question *question_by_mid(
	const struct questions *questions, struct slice sender, struct slice mid); /* or NULL */
void question_index(struct question *question, const struct msg *message);
/* The same of the server API: ids are a user's own in each room. */
struct question *question_of_api(
	const struct questions *questions, const struct msg_api_call *call);

void question_message(const struct question *question, struct msg *ret_msg); /* borrowed */
void question_set_message(struct question *question, const struct msg *msg);

/* Between states; of QUESTION_DECIDED no way leads back, and only question_decide() leads there. */
void question_set_state(struct question *question, enum question_state state);
/* It waits until it may take effect; also in the journal. */
void question_decide(struct question *question, enum handler_ruling ruling, enum error error);
uint8_t question_decided(const struct question *question); /* for the journal, as is this: */
struct slice question_error(const struct question *question);
/* A call that is decided: it counts with the answers that wait, not with what is asked. */
void question_keep(struct question *question);
size_t question_bytes(const struct question *question);
/* Of all of the desk that are asked; they are to be asked again, before those that were not. */
void desk_rewind(struct desk *desk);
/* It is another handler's from now on, to be asked. */
void question_move(struct question *question, struct desk *desk);
void question_set_due(struct question *question, struct mono due); /* UINT64_MAX: never */

/* The oldest of a state, or of a lane; NULL: there is none. */
struct question *desk_first(const struct desk *desk, enum question_state state);
struct question *lane_first(const struct lane *lane);
struct question *desk_soonest(const struct desk *desk); /* by `due` */

#endif
