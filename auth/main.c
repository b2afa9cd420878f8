/* main.c - atrium-auth: who a token belongs to */
/* SPDX-License-Identifier: MIT */
/*
 * NAME
 *	atrium-auth - tells gateways whether who brings a token may come in
 *
 * SYNOPSIS
 *	atrium-auth [-c FILE] [-n] [-v] [--version] [--help]
 *
 * DESCRIPTION
 *	A gateway asks with VERIFY and is answered with VERDICT. Tokens are JWTs signed with HS,
 *	RS or ES 256, 384 or 512; the header's `kid` names the key, without one it is `default`, and
 *	each key is good for one algorithm only. Of the claims, `sub` (the user) is required;
 *	`name`, `exp`, `nbf`, `iat`, `iss`, `aud`, `rooms`, `admin` and `api` are looked at.
 *	Tokens, keys and claims are never logged; why tokens were refused is counted.
 *
 * SOCKETS
 *	RUNTIME_DIR/auth.sock	gateways ask here (bound)
 *	RUNTIME_DIR/auth.control	`atrium` asks here (bound, mode 0600): a datagram of
 *			JSON each way
 *	RUNTIME_DIR/metrics.sock	where its counters go
 *
 * SIGNALS
 *	HUP	read settings and keys again; where the new ones are wrong the old ones stay
 *	TERM, INT	end
 *
 * FILES
 *	KEYS/<kid>.hs256, .hs384, .hs512
 *			a secret of at least 32, 48 or 64 bytes, mode 0600; one newline at its end
 *			does not count. KEYS is [auth] keys, else $CREDENTIALS_DIRECTORY, else
 *			$STATE_DIRECTORY/keys. `keys_` before a name, as LoadCredential=keys:KEYS
 *			puts it there, does not count either.
 *	KEYS/<kid>.rs256.pem, .rs384.pem, .rs512.pem, .es256.pem, .es384.pem, .es512.pem
 *			a public key ("BEGIN PUBLIC KEY"); RSA has 2048 to 8192 bits, EC the curve
 *			of its algorithm: P-256, P-384, P-521
 *	KEYS/<name>.jwks, and [auth] jwks
 *			keys in the form of RFC 7517, each with `kid` and `alg`
 *	$STATE_DIRECTORY/atrium.hs256
 *			the secret with which auth signs its own tokens, kid `atrium`; made at the
 *			first start. Without a state directory it changes with each start.
 *	$STATE_DIRECTORY/users
 *			users and their passwords (yescrypt), written by `atrium user`; read at each
 *			login
 *	$STATE_DIRECTORY/revoked
 *			what `atrium revoke` has revoked, a line each. Without a state directory
 *			it is forgotten at the end.
 *
 * EXIT STATUS
 *	0 when it was told to end, 1 when it could not start, 2 for wrong options or settings
 */
#include "auth/auth.h"
#include "proto/meta.h"

#define KEY(type, member, ...) CONF_KEY(type, struct auth_conf, member, __VA_ARGS__)

/* clang-format off */
static const struct conf_key auth_keys[] = {
	KEY(CONF_BOOL, anonymous, .def = "yes", .reload = true,
		.help = "let in who brings no token"),
	KEY(CONF_STRING, keys, .def = "", .reload = true,
		.help = "directory of the keys; empty: $CREDENTIALS_DIRECTORY, "
			"else $STATE_DIRECTORY/keys"),
	KEY(CONF_STRING, jwks, .def = "", .reload = true,
		.help = "a file of further keys in the form of RFC 7517; empty: none"),
	KEY(CONF_DURATION, leeway, .def = "10s", .min = 0, .max = 3600000, .reload = true,
		.help = "how far clocks may differ when a token's times are looked at"),
	KEY(CONF_DURATION, max_ttl, .def = "0", .min = 0, .max = 31536000000, .reload = true,
		.help = "a token that is good for longer, or does not say how long (`iat`, `exp`), is "
			"refused; so revocations end by themselves after it; 0: any, and they stay"),
	KEY(CONF_STRING, issuer, .def = "", .reload = true,
		.help = "what a token's `iss` must be; empty: anything"),
	KEY(CONF_STRING, audience, .def = "", .reload = true,
		.help = "what a token's `aud` must have; empty: anything"),
	KEY(CONF_INT, max_grants, .def = "64", .min = 0, .max = 256, .reload = true,
		.help = "a token with more grants is refused"),
	KEY(CONF_SIZE, max_meta, .def = "2K", .min = 0, .max = META_MAX, .reload = true,
		.help = "a token whose `meta`, which handlers may read, is longer as JSON is refused"),
	KEY(CONF_INT, max_revocations, .def = "10000", .min = 1, .max = 1000000, .reload = true,
		.help = "at most so many revoked tokens and users are remembered"),
	KEY(CONF_STRING, users, .def = "", .reload = true,
		.help = "the file of users and passwords; empty: $STATE_DIRECTORY/users"),
	KEY(CONF_BOOL, guests, .def = "no", .reload = true,
		.help = "where `anonymous` is no: give tokens to guests, who only have a nickname"),
	KEY(CONF_DURATION, login_ttl, .def = "12h", .min = 1000, .max = 31536000000, .reload = true,
		.help = "how long a token that was given for a password is good"),
	KEY(CONF_DURATION, guest_ttl, .def = "12h", .min = 1000, .max = 31536000000, .reload = true,
		.help = "how long a guest's token is good"),
	KEY(CONF_INT, login_burst, .def = "10", .min = 1, .max = 10000, .reload = true,
		.help = "so many wrong logins at once, for each address and each name"),
	KEY(CONF_DURATION, login_interval, .def = "10s", .min = 1, .max = 86400000, .reload = true,
		.help = "and then one in this time"),
	{ .name = NULL },
};

static const struct conf_section sections[] = {
	{ .name = "auth", .keys = auth_keys, .size = sizeof(struct auth_conf) },
	{ .name = NULL },
};
/* clang-format on */

int main(int argc, char **argv)
{
	static const struct service_def def = {
		.process = PROCESS_AUTH,
		.summary = "tells gateways whether who brings a token may come in",
		.sections = sections,
		.start = auth_start,
		.reload = auth_reload,
		.stop = auth_stop,
	};

	return service_run(&def, argc, argv);
}
