/* dispatch.c - what gateways ask, and the answers */
/* SPDX-License-Identifier: MIT */
#include "auth/auth.h"
#include "auth/login.h"
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
	counter_add(auth->conf->anonymous ? COUNTER_AUTH_ANONYMOUS : COUNTER_AUTH_NEEDED, 1);
	return auth->conf->anonymous ? VERDICT_ALLOW : VERDICT_NEEDED;
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
		verdict.jti = slice_of(claims.jti);
		verdict.issued = claims.issued;
		if (claims.expires)
			verdict.until = claims.expires + auth->rules.leeway_s;
		verdict.grants = buf_slice(&claims.grants);
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

/* clang-format off */
const struct dispatch auth_dispatch = { .process = PROCESS_AUTH, .on = {
#define REC(name)
#define REC_END
#define FIELD(type, name)
#define LIST(record, name)
#define MSG_END
#define MSG(NAME, name, code, from, to) DISPATCH_##to(NAME, name)
#define DISPATCH_LINK(NAME, name)
#define DISPATCH_GATEWAY(NAME, name)
#define DISPATCH_HUB(NAME, name)
#define DISPATCH_AUTH(NAME, name) [MSG_##NAME] = on_##name,
#define DISPATCH_METRICS(NAME, name)
#include "proto/messages.def"
} };
/* clang-format on */
