/* dispatch.c - what gateways ask, and the answers */
/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "auth/anonymous.h"
#include "auth/login.h"
#include "auth/revoke.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/counters.h"

static void answer(struct auth *auth, struct link_peer *peer, const struct msg_verdict *verdict)
{
	const struct msg msg = { .type = MSG_VERDICT, .verdict = *verdict };
	int r = link_send(auth->link, peer, &msg);

	/* The gateway tells its client to try later when no verdict comes. */
	if (r < 0)
		log_warn("verdict_lost", "peer=%s", link_peer_name(peer));
}

static enum verdict judge_anonymous(const struct auth *auth)
{
	enum verdict verdict = anonymous_verdict(auth);

	counter_add(verdict == VERDICT_ALLOW ? COUNTER_AUTH_ANONYMOUS : COUNTER_AUTH_NEEDED, 1);
	return verdict;
}

static void on_verify(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct auth *auth = self;
	const struct msg_verify *verify = &msg->verify;
	struct msg_verdict verdict = { .id = verify->id, .verdict = VERDICT_DENY };
	struct claims claims = { .user = NULL };
	enum verify_result result;

	if (verify->token.len == 0) {
		verdict.verdict = (uint8_t)judge_anonymous(auth);
		answer(auth, peer, &verdict);
		return;
	}
	result = verify_token(verify->token, auth->keys, &auth->rules, auth->revoked,
		(int64_t)(clock_wall_ms() / 1000), &claims);
	if (result == VERIFY_OK) {
		verdict.verdict = VERDICT_ALLOW;
		verdict.user = slice_of(claims.user);
		verdict.nickname = slice_of(claims.nickname);
		verdict.expires = claims.expires;
		verdict.admin = claims.admin;
		verdict.api = claims.api;
		verdict.jti = slice_of(claims.jti);
		verdict.issued = claims.issued;
		if (claims.expires)
			verdict.until = claims.expires + auth->rules.leeway_s;
		verdict.grants = buf_slice(&claims.grants);
		verdict.meta = slice_of(claims.meta);
	} else {
		log_info("token_refused", "why=%s address=%s", verify_result_name(result),
			log_quote(verify->address));
	}
	answer(auth, peer, &verdict);
	claims_done(&claims);
}

static void on_login(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct auth *auth = self;

	login_ask(auth->login, peer, &msg->login);
}

static void on_guest(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct auth *auth = self;

	login_guest(auth->login, peer, &msg->guest);
}

/* Its word and not the gateway's: who has taken over a gateway can revoke nothing by that. */
static bool is_admin(const struct auth *auth, struct slice token, struct slice address)
{
	struct claims claims = { .user = NULL };
	enum verify_result result = verify_token(token, auth->keys, &auth->rules, auth->revoked,
		(int64_t)(clock_wall_ms() / 1000), &claims);
	bool admin = result == VERIFY_OK && claims.admin;

	if (!admin)
		log_warn("revoke_refused", "why=%s address=%s",
			result == VERIFY_OK ? "no_admin" : verify_result_name(result),
			log_quote(address));
	else
		log_info("revoke_asked", "by=%s address=%s", log_quote(slice_of(claims.user)),
			log_quote(address));
	claims_done(&claims);
	return admin;
}

static enum revoke_result try_revoke(
	struct auth *auth, const struct msg_revoke *asked, size_t *told)
{
	struct revocation revocation = {
		.jti = asked->jti, .user = asked->user, .before = asked->before
	};
	int r;

	if (!is_admin(auth, asked->token, asked->address))
		return REVOKE_DENIED;
	r = revoke_now(auth, &revocation, told);
	if (r == 0)
		return REVOKE_OK;
	return r == -EINVAL ? REVOKE_BAD : r == -ENOSPC ? REVOKE_FULL : REVOKE_FAILED;
}

static void on_revoke(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct auth *auth = self;
	struct msg answer = { .type = MSG_REVOKE_DONE, .revoke_done = { .id = msg->revoke.id } };
	size_t told = 0;

	answer.revoke_done.result = (uint8_t)try_revoke(auth, &msg->revoke, &told);
	answer.revoke_done.gateways = (uint32_t)told;
	answer.revoke_done.kept = service_state_dir(auth->service)[0] != '\0';
	if (link_send(auth->link, peer, &answer) < 0)
		log_warn("revoke_unanswered", "peer=%s", link_peer_name(peer));
}

/* clang-format off */
const struct dispatch auth_dispatch = { .process = PROCESS_AUTH, .on = {
#define REC(name)
#define REC_END
#define FIELD(type, name)
#define LIST(record, name)
#define MSG_END
#define MSG(NAME, name, code, from, to) DISPATCH_##to(NAME, name)
#define DISPATCH_HANDLER(NAME, name)
#define DISPATCH_LINK(NAME, name)
#define DISPATCH_GATEWAY(NAME, name)
#define DISPATCH_HUB(NAME, name)
#define DISPATCH_AUTH(NAME, name) [MSG_##NAME] = on_##name,
#define DISPATCH_METRICS(NAME, name)
#include "proto/messages.def"
} };
/* clang-format on */
