/* introduction.c - what a handshake said, kept until the client is let in */
/* SPDX-License-Identifier: MIT */
#include "gateway/introduction.h"

#include <string.h>

#include "proto/base/mem.h"

struct introduction {
	struct handshake said;
	char bytes[];
};

static struct slice keep(char **at, struct slice text)
{
	struct slice kept = slice_make(*at, text.len);

	if (text.len)
		memcpy(*at, text.ptr, text.len);
	*at += text.len;
	return kept;
}

struct introduction *introduction_new(const struct handshake *handshake)
{
	struct introduction *intro = mem_alloc(sizeof(*intro) + handshake->id.len +
		handshake->nickname.len + handshake->room.len + handshake->resume.len +
		handshake->address.len);
	char *at = intro->bytes;

	intro->said.id = keep(&at, handshake->id);
	intro->said.nickname = keep(&at, handshake->nickname);
	intro->said.room = keep(&at, handshake->room);
	intro->said.resume = keep(&at, handshake->resume);
	intro->said.address = keep(&at, handshake->address);
	intro->said.recover = handshake->recover;
	intro->said.since = handshake->since;
	intro->said.epoch = handshake->epoch;
	intro->said.state = handshake->state;
	intro->said.rev = handshake->rev;
	return intro;
}

void introduction_free(struct introduction *intro)
{
	mem_free(intro);
}

struct slice introduction_address(const struct introduction *intro)
{
	return intro->said.address;
}

void introduction_connect(const struct introduction *intro, const struct msg_verdict *verdict,
	struct msg_connect *ret_connect)
{
	*ret_connect = (struct msg_connect){
		.id = intro->said.id,
		.resume = intro->said.resume,
		.nickname = verdict->nickname.len ? verdict->nickname : intro->said.nickname,
		.user = verdict->user,
		.address = intro->said.address,
		.expires = verdict->expires,
		.admin = verdict->admin,
		.grants = verdict->grants,
		.meta = verdict->meta,
		.room = intro->said.room,
		.recover = intro->said.recover,
		.since = intro->said.since,
		.epoch = intro->said.epoch,
		.state = (uint8_t)intro->said.state,
		.rev = intro->said.rev,
		.state_epoch = intro->said.epoch,
	};
}
