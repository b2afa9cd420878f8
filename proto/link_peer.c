/* link_peer.c - who is at the other end of a link: HELLO, batches, drops; knows no ZeroMQ */
/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/batch.h"
#include "proto/counters.h"
#include "proto/link_internal.h"

enum {
	BATCH_SHRINK =
		16, /* a batch so many times smaller than there is room for gives that back, */
	BATCH_KEEP = 16 * 1024, /* if it is more than this */
};

/* clang-format off */
const struct link_row link_rows[LINK_MAX] = {
#define LINK(NAME, file, server, pattern, version, why) \
	[LINK_##NAME] = { file, PROCESS_##server, PATTERN_##pattern, version },
#include "proto/links.def"
#undef LINK
};
/* clang-format on */

static uint16_t version_of(const struct link *link)
{
	return link_rows[link->options.id].version;
}

/* Messages were added to those of handlers, which older ones of them do not know. */
static uint16_t knowledge_of(const struct link *link)
{
	return link->options.id == LINK_HANDLERS ? HANDLER_KNOWS : version_of(link);
}

struct link_peer *link_peer_new(struct link *link, struct slice routing)
{
	struct link_peer *peer = mem_alloc(sizeof(*peer));

	peer->link = link;
	peer->name = mem_strdup("");
	buf_put(&peer->routing, routing);
	link->peers = mem_realloc(link->peers, link->peer_count + 1, sizeof(*link->peers));
	link->peers[link->peer_count++] = peer;
	return peer;
}

void link_peer_free(void *arg)
{
	struct link_peer *peer = arg;

	buf_done(&peer->routing);
	buf_done(&peer->batch);
	mem_free(peer->name);
	mem_free(peer);
}

static struct link_peer *peer_find(struct link *link, struct slice routing)
{
	for (size_t i = 0; i < link->peer_count; i++)
		if (slice_eq(buf_slice(&link->peers[i]->routing), routing))
			return link->peers[i];
	return NULL;
}

static struct link_peer *peer_of_epoch(struct link *link, uint64_t epoch)
{
	for (size_t i = 0; i < link->peer_count; i++)
		if (link->peers[i]->epoch == epoch)
			return link->peers[i];
	return NULL;
}

static void peer_empty(struct link_peer *peer)
{
	buf_clear(&peer->batch);
	peer->messages = 0;
	peer->starved = false;
}

/*
 * The connection, or the peer behind it, is gone. A server forgets it; a client's stays for the
 * next one.
 */
void link_peer_down(struct link_peer *peer)
{
	struct link *link = peer->link;
	bool was_up = peer->up;

	peer->up = false;
	peer->broken = false;
	peer_empty(peer);
	if (link->server) {
		peer->gone = true;
		for (size_t i = 0; i < link->peer_count; i++)
			if (link->peers[i] == peer)
				link->peers[i] = link->peers[--link->peer_count];
		loop_defer(link->options.loop, link_peer_free, peer);
	}
	if (was_up || link->server) {
		counter_add(COUNTER_LINK_BREAKS, 1);
		log_info("link_down", "link=%s peer=%s", link_rows[link->options.id].file,
			*peer->name ? peer->name : "-");
		if (link->options.ops && link->options.ops->on_down)
			link->options.ops->on_down(link->options.self, peer);
	}
}

/* For another batch of this size, if it is not much smaller than those before. */
static void keep_room(struct buf *batch)
{
	size_t keep = batch->len < batch->cap / BATCH_SHRINK ? BATCH_KEEP : BATCH_MAX;

	buf_clear(batch);
	buf_shrink(batch, keep);
}

int link_peer_flush(struct link_peer *peer)
{
	int r;

	if (peer->batch.len == 0)
		return 0;
	r = link_send_bytes(peer->link, buf_slice(&peer->routing), buf_slice(&peer->batch));
	if (r == 0) {
		counter_add(COUNTER_LINK_MESSAGES_SENT, peer->messages);
		keep_room(&peer->batch);
		peer->messages = 0;
	} else if (r == -EHOSTUNREACH) {
		peer->broken = true;
	}
	return r;
}

static void peer_begin(struct link_peer *peer)
{
	if (peer->batch.len == 0)
		batch_begin(&peer->batch, version_of(peer->link), peer->generation,
			peer->link->options.epoch);
}

static void peer_put(struct link_peer *peer, const struct msg *msg)
{
	peer_begin(peer);
	msg_encode(&peer->batch, msg);
	peer->messages++;
}

/* 0: it takes something more. */
static int peer_ready(struct link_peer *peer)
{
	if (!peer->up || peer->gone)
		return -EHOSTUNREACH;
	if (peer->batch.len > BATCH_MAX && link_peer_flush(peer) < 0) {
		if (peer->broken)
			return -EHOSTUNREACH;
		peer->starved = true;
		counter_add(COUNTER_LINK_REFUSED, 1);
		return -EAGAIN;
	}
	return 0;
}

int link_send(struct link *link, struct link_peer *peer, const struct msg *msg)
{
	int r;

	if (!peer)
		peer = link->peers[0];
	r = peer_ready(peer);
	if (r == 0)
		peer_put(peer, msg);
	return r;
}

int link_send_encoded(
	struct link *link, struct link_peer *peer, struct slice messages, unsigned count)
{
	int r;

	if (!peer)
		peer = link->peers[0];
	r = peer_ready(peer);
	if (r < 0)
		return r;
	peer_begin(peer);
	buf_put(&peer->batch, messages);
	peer->messages += count;
	return 0;
}

void link_flush(struct link *link)
{
	for (size_t i = 0; i < link->peer_count; i++)
		(void)link_peer_flush(link->peers[i]);
}

/* Client: begins a new generation; what belongs to the one before is ignored from here on. */
void link_say_hello(struct link *link)
{
	struct link_peer *peer = link->peers[0];
	struct msg msg = { .type = MSG_HELLO };

	peer_empty(peer);
	peer->generation++;
	msg.hello = (struct msg_hello){ .version = knowledge_of(link),
		.process = (uint8_t)link->options.process,
		.epoch = link->options.epoch,
		.pid = (uint32_t)getpid(),
		.name = slice_of(link->name),
		.peer_epoch = link->seen_epoch,
		.seen = link->seen };
	peer_put(peer, &msg);
}

int link_welcome(struct link *link, struct link_peer *peer, uint64_t applied)
{
	struct msg msg = { .type = MSG_WELCOME };

	if (peer->gone)
		return -EHOSTUNREACH;
	msg.welcome = (struct msg_welcome){ .version = knowledge_of(link),
		.process = (uint8_t)link->options.process,
		.epoch = link->options.epoch,
		.pid = (uint32_t)getpid(),
		.name = slice_of(link->name),
		.applied = applied };
	peer->up = true;
	peer_put(peer, &msg);
	return 0;
}

/*
 * Tells a client, known or not, to start over. If even this cannot be sent, the next thing it says
 * brings another.
 */
static void send_drop(struct link *link, struct slice routing, uint32_t generation, const char *why)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 };
	struct msg msg = { .type = MSG_DROP, .drop = { .why = slice_of(why) } };

	batch_begin(&out, version_of(link), generation, link->options.epoch);
	msg_encode(&out, &msg);
	(void)link_send_bytes(link, routing, buf_slice(&out));
}

static void start_over(struct link *link, struct link_peer *peer, const char *why)
{
	if (link->server) {
		send_drop(link, buf_slice(&peer->routing), peer->generation, why);
	} else {
		link->paused = true;
		timer_start(link->timer, PAUSE_MS);
	}
	link_peer_down(peer);
}

void link_drop(struct link *link, struct link_peer *peer, const char *why)
{
	if (!peer || peer->gone)
		return;
	counter_add(COUNTER_LINK_DROPPED, 1);
	log_error("link_drop", "link=%s peer=%s why=%s", link_rows[link->options.id].file,
		*peer->name ? peer->name : "-", log_quote(slice_of(why)));
	start_over(link, peer, why);
}

void link_part(struct link *link, struct link_peer *peer, const char *why)
{
	if (peer->gone)
		return;
	log_info("link_part", "link=%s peer=%s why=%s", link_rows[link->options.id].file,
		*peer->name ? peer->name : "-", log_quote(slice_of(why)));
	start_over(link, peer, why);
}

/* Client: the server has said why; often it is only that it does not know us yet. */
static void take_drop(struct link *link, struct link_peer *peer, const struct msg_drop *drop)
{
	log_warn("link_dropped", "link=%s peer=%s why=%s", link_rows[link->options.id].file,
		*peer->name ? peer->name : "-", log_quote(drop->why));
	start_over(link, peer, "");
}

/* Server: someone unknown, or of whom nothing more is taken. */
static void reject(struct link *link, struct slice routing, uint32_t generation, const char *why)
{
	counter_add(COUNTER_LINK_DROPPED, 1);
	log_warn("link_reject", "link=%s why=%s", link_rows[link->options.id].file,
		log_quote(slice_of(why)));
	send_drop(link, routing, generation, why);
}

static void set_identity(struct link_peer *peer, enum process process, struct slice name,
	uint64_t epoch, uint32_t pid)
{
	mem_free(peer->name);
	peer->name = mem_strndup(name.ptr, name.len);
	peer->process = process;
	peer->epoch = epoch;
	peer->pid = pid;
}

static struct link_peer *take_hello(struct link *link, struct slice routing,
	const struct batch *batch, const struct msg_hello *hello)
{
	struct link_peer *peer = peer_find(link, routing);
	struct link_peer *same = peer_of_epoch(link, hello->epoch);

	if (same && same != peer)
		link_peer_down(same); /* it has reconnected before this end noticed */
	if (peer && peer->epoch != hello->epoch) {
		link_peer_down(peer);
		peer = NULL;
	}
	if (!peer)
		peer = link_peer_new(link, routing);
	peer_empty(peer);
	peer->up = false;
	peer->generation = batch->generation;
	peer->known = link_sender(link, &peer->credentials);
	set_identity(peer, (enum process)hello->process, hello->name, hello->epoch, hello->pid);
	log_info("link_up", "link=%s peer=%s pid=%u", link_rows[link->options.id].file, peer->name,
		peer->pid);
	if (link->options.ops && link->options.ops->on_hello)
		link->options.ops->on_hello(link->options.self, peer, hello);
	return peer;
}

static void take_welcome(struct link *link, const struct msg_welcome *welcome)
{
	struct link_peer *peer = link->peers[0];

	if (peer->up)
		return;
	peer->up = true;
	set_identity(
		peer, (enum process)welcome->process, welcome->name, welcome->epoch, welcome->pid);
	log_info("link_up", "link=%s peer=%s pid=%u", link_rows[link->options.id].file, peer->name,
		peer->pid);
	if (link->options.ops && link->options.ops->on_up)
		link->options.ops->on_up(link->options.self, peer, welcome);
}

/* Messages of one batch from a known peer, or (PULL) from no one in particular. */
static void hand_out(struct link *link, struct link_peer *peer, struct slice messages)
{
	const struct link_options *options = &link->options;
	struct msg msg;

	while (messages.len) {
		if (msg_decode(&messages, &msg) < 0) {
			link_drop(link, peer, "a message that cannot be decoded");
			return;
		}
		counter_add(COUNTER_LINK_MESSAGES_RECEIVED, 1);
		if (peer && !msg_allowed(msg.type, peer->process, options->process)) {
			link_drop(link, peer, "a message that it may not send");
			return;
		}
		if (msg.type == MSG_WELCOME && !link->server)
			take_welcome(link, &msg.welcome);
		else if (msg.type == MSG_DROP && !link->server)
			take_drop(link, peer, &msg.drop);
		else if (!options->dispatch ||
			dispatch_msg(options->dispatch, options->self, peer, &msg) < 0)
			link_drop(link, peer, "a message without a handler");
		if (peer && (peer->gone || !peer->up))
			return;
	}
	if (options->ops && options->ops->on_batch_end)
		options->ops->on_batch_end(options->self, peer);
}

/* Users' own processes have a socket of their own, which no other process uses. */
static bool may_be_here(const struct link *link, uint8_t process)
{
	return process > 0 && process < PROCESS_MAX &&
		(process == PROCESS_HANDLER) == (link->options.id == LINK_HANDLERS);
}

static void batch_to_server(struct link *link, struct slice routing, const struct batch *batch)
{
	struct link_peer *peer = peer_find(link, routing);
	struct link_peer *same = peer ? NULL : peer_of_epoch(link, batch->epoch);
	struct slice rest = batch->messages;
	struct msg first;

	if (same && batch->generation < same->generation)
		return; /* left over from a connection that has been replaced */
	if (batch->version != version_of(link)) {
		reject(link, routing, batch->generation,
			"another version of the protocol: upgrade all processes");
		return;
	}
	if (rest.len && msg_decode(&rest, &first) == 0 && first.type == MSG_HELLO) {
		if (!may_be_here(link, first.hello.process) || first.hello.epoch != batch->epoch)
			reject(link, routing, batch->generation, "a HELLO that contradicts itself");
		else
			take_hello(link, routing, batch, &first.hello);
		return;
	}
	if (!peer || batch->generation > peer->generation)
		reject(link, routing, batch->generation, "say HELLO first");
	else if (batch->generation == peer->generation && peer->up)
		hand_out(link, peer, batch->messages);
}

static void batch_to_client(struct link *link, const struct batch *batch)
{
	struct link_peer *peer = link->peers[0];
	struct slice rest = batch->messages;
	struct msg first;

	/* What comes after the connection is gone was left over from it, and its WELCOME, too. */
	if (!link->connected || batch->generation != peer->generation || batch->messages.len == 0)
		return;
	if (batch->version != version_of(link)) {
		link_drop(link, peer, "another version of the protocol: upgrade all processes");
		return;
	}
	if (!peer->up &&
		(msg_decode(&rest, &first) < 0 ||
			(first.type != MSG_WELCOME && first.type != MSG_DROP)))
		return;
	if (!peer->up)
		peer->process = link_rows[link->options.id].server;
	hand_out(link, peer, batch->messages);
}

void link_take_batch(struct link *link, struct slice routing, struct slice bytes)
{
	struct batch batch;

	counter_add(COUNTER_LINK_BATCHES_RECEIVED, 1);
	if (batch_parse(bytes, &batch) < 0) {
		if (link->server && routing.len)
			reject(link, routing, 0, "no batch");
		return;
	}
	if (!link->server)
		batch_to_client(link, &batch);
	else if (link_rows[link->options.id].pattern == PATTERN_ROUTER)
		batch_to_server(link, routing, &batch);
	else if (batch.version == version_of(link))
		hand_out(link, NULL, batch.messages);
}

void link_set_seen(struct link *link, uint64_t peer_epoch, uint64_t seen)
{
	link->seen_epoch = peer_epoch;
	link->seen = seen;
}

void link_hello_again(struct link *link)
{
	struct link_peer *peer = link->peers[0];

	if (!peer->up)
		return; /* it will be said anyway */
	peer->up = false;
	link_say_hello(link);
}

bool link_is_up(const struct link *link)
{
	return !link->server && link->peers[0]->up;
}

enum process link_peer_process(const struct link_peer *peer)
{
	return peer->process;
}

const char *link_peer_name(const struct link_peer *peer)
{
	return peer->name;
}

uint64_t link_peer_epoch(const struct link_peer *peer)
{
	return peer->epoch;
}

uint32_t link_peer_pid(const struct link_peer *peer)
{
	return peer->pid;
}

void *link_peer_data(const struct link_peer *peer)
{
	return peer->data;
}

void link_peer_set_data(struct link_peer *peer, void *data)
{
	peer->data = data;
}
