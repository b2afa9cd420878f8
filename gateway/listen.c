/* listen.c - the listening sockets: our own, or those that were handed down */
/* SPDX-License-Identifier: MIT */
#include "gateway/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "gateway/door.h"
#include "gateway/limits.h"
#include "gateway/tls_pump.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

enum { BACKLOG = 4096, PAUSE_MS = 100, TLS_COST = 4 };

struct listener {
	struct gateway *gateway;
	struct watch *watch;
	struct timer *pause; /* out of file descriptors: accepting goes on when it fires */
	int fd;
	bool tls;
};

static void set_option(int fd, int level, int name, int value)
{
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

static void on_acceptable(void *arg);

static void watch_again(void *arg)
{
	struct listener *listener = arg;

	if (!listener->watch)
		listener->watch = watch_new(
			listener->gateway->loop, listener->fd, on_acceptable, listener);
}

/* One who has said nothing yet makes room for one who may. */
static bool take_socket(struct gateway *gateway)
{
	int64_t max = gateway->conf->max_connections;

	return limits_take_socket(&gateway->limits, max) ||
		(door_make_room(gateway) && limits_take_socket(&gateway->limits, max));
}

struct address listen_peer(const struct sockaddr_storage *from)
{
	const struct sockaddr_in6 *v6 = (const void *)from;
	const struct sockaddr_in *v4 = (const void *)from;
	struct address address = { .bytes = { 0 } };

	if (from->ss_family == AF_INET6)
		memcpy(address.bytes, &v6->sin6_addr, sizeof(v6->sin6_addr));
	else if (from->ss_family == AF_INET)
		address = address_v4(&v4->sin_addr);
	return address;
}

static void welcome(struct listener *listener, int fd, const struct sockaddr_storage *from)
{
	struct gateway *gateway = listener->gateway;
	struct address peer;

	counter_add(COUNTER_GATEWAY_ACCEPTED, 1);
	if (fd >= gateway->low_files || !take_socket(gateway)) {
		counter_add(COUNTER_GATEWAY_REFUSED_LIMIT, 1);
		if (listener->tls)
			close(fd); /* it would not understand */
		else
			door_refuse(fd, 503);
		return;
	}
	if (listener->tls) {
		tls_pump_open(gateway, fd);
		return;
	}
	peer = listen_peer(from);
	door_open(gateway, fd, NULL, &peer);
}

static void on_acceptable(void *arg)
{
	struct listener *listener = arg;
	int64_t budget = listener->gateway->conf->max_accepts;

	if (listener->tls) /* each computes for as long as many others */
		budget = (budget + TLS_COST - 1) / TLS_COST;
	for (int64_t i = 0; i < budget; i++) {
		struct sockaddr_storage from = { .ss_family = AF_UNSPEC };
		socklen_t len = sizeof(from);
		int fd = accept4(
			listener->fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			welcome(listener, fd, &from);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			log_warn("accept", "error=%s", log_quote(slice_of(strerror(errno))));
			watch_free(listener->watch);
			listener->watch = NULL;
			timer_start(listener->pause, PAUSE_MS);
		}
		if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

static void free_names(char **names, int count)
{
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

/*
 * systemd hands down sockets, which stay open while this process is restarted; which is which their
 * names say (FileDescriptorName=).
 */
static int inherited(const struct gateway *gateway, bool tls)
{
	char **names = NULL;
	int count = sd_listen_fds_with_names(0, &names), ignored = 0, fd = -1;

	for (int i = 0; i < count; i++) {
		bool for_tls = strcmp(names[i], "tls") == 0;

		if (for_tls == tls && fd < 0)
			fd = SD_LISTEN_FDS_START + i;
		else if (for_tls == tls || (for_tls && !gateway->tls))
			ignored++;
	}
	free_names(names, count);
	if (ignored)
		log_warn("listen", "ignored=%d hint=\"one socket is used, and one named tls\"",
			ignored);
	if (fd < 0)
		return count < 0 ? count : -ENOENT;
	return sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) > 0 ? fd : -ENOTSOCK;
}

static int try_address(const struct addrinfo *address)
{
	int error,
		fd = socket(
			address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (address->ai_family == AF_INET6)
		set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	error = errno;
	close(fd);
	return -error;
}

static int own(const struct gateway_conf *conf, int64_t number)
{
	bool any = strcmp(conf->listen, "*") == 0;
	struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM }, *found;
	char port[8];
	int fd = -EADDRNOTAVAIL;

	snprintf(port, sizeof(port), "%u", (unsigned)number & UINT16_MAX);
	/* `*`: IPv6 takes IPv4 too; a kernel without IPv6 gets the second try */
	hints.ai_family = any ? AF_INET6 : AF_UNSPEC;
	for (int tries = any ? 2 : 1; tries > 0 && fd < 0; tries--) {
		if (getaddrinfo(any ? NULL : conf->listen, port, &hints, &found) == 0) {
			for (struct addrinfo *at = found; at && fd < 0; at = at->ai_next)
				fd = try_address(at);
			freeaddrinfo(found);
		}
		hints.ai_family = AF_INET;
	}
	return fd;
}

static unsigned port_of(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		return 0;
	if (address.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&address)->sin_port);
	if (address.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
	return 0;
}

static int open_socket(const struct gateway *gateway, bool tls, bool *ret_inherited)
{
	const struct gateway_conf *conf = gateway->conf;
	int64_t port = tls ? conf->tls_port : conf->port;
	int fd = inherited(gateway, tls);

	*ret_inherited = fd >= 0;
	if (fd == -ENOENT)
		fd = own(conf, port);
	if (fd < 0)
		log_error("listen", "listen=%s port=%d error=%s%s",
			log_quote(slice_of(conf->listen)), (int)port,
			log_quote(slice_of(strerror(-fd))),
			fd == -EAFNOSUPPORT ? " hint=\"enable the .socket unit of this port\""
					    : "");
	return fd;
}

int listener_new(struct gateway *gateway, bool tls, struct listener **ret_listener)
{
	const struct gateway_conf *conf = gateway->conf;
	struct listener *listener;
	bool handed_down;
	int fd = open_socket(gateway, tls, &handed_down);

	if (fd < 0)
		return fd;
	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); /* one handed down may block */
	/* inherited by each that is accepted */
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	/* who says nothing does not wake us */
	set_option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, (int)(conf->handshake_timeout / 1000) + 1);
	listener = mem_alloc(sizeof(*listener));
	listener->gateway = gateway;
	listener->fd = fd;
	listener->tls = tls;
	listener->pause = timer_new(gateway->loop, watch_again, listener);
	watch_again(listener);
	*(tls ? &gateway->tls_port : &gateway->port) = port_of(fd);
	log_info("listening", "listen=%s port=%u tls=%s inherited=%s",
		log_quote(slice_of(conf->listen)), port_of(fd), tls ? "yes" : "no",
		handed_down ? "yes" : "no");
	*ret_listener = listener;
	return 0;
}

void listener_stop(struct listener *listener)
{
	if (!listener || listener->fd < 0)
		return;
	timer_stop(listener->pause);
	watch_free(listener->watch);
	listener->watch = NULL;
	door_close_all(listener->gateway);
	if (listener->tls)
		tls_pumps_stop(listener->gateway->tls);
	close(listener->fd);
	listener->fd = -1;
}

void listener_free(struct listener *listener)
{
	if (!listener)
		return;
	listener_stop(listener);
	timer_free(listener->pause);
	mem_free(listener);
}
