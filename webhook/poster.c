/* poster.c - requests to an endpoint (libcurl) on our loop */
/* SPDX-License-Identifier: MIT */
#include "webhook/poster.h"

#include <curl/curl.h>
#include <errno.h>

#include "proto/base/list.h"
#include "proto/base/mem.h"
#include "proto/version.h"

enum {
	CONNECT_MS = 10000, /* of the request's time */
	ANSWER_MAX = 64 * 1024, /* bytes of a body that are read: none of them matters */
};

struct poster {
	struct loop *loop;
	CURLM *multi;
	struct timer *timer;
	struct list calls;
	poster_fn fn;
	void *arg;
};

struct call {
	struct list link;
	CURL *easy;
	struct curl_slist *headers;
	struct buf body;
	size_t read; /* bytes of the answer's body */
	char problem[CURL_ERROR_SIZE];
	void *tag;
};

/* One socket that libcurl wants to be told of. */
struct socket_watch {
	struct poster *poster;
	struct watch *watch;
	curl_socket_t fd;
};

static void free_call(struct poster *poster, struct call *call)
{
	list_remove(&call->link);
	curl_multi_remove_handle(poster->multi, call->easy);
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->headers);
	buf_done(&call->body);
	mem_free(call);
}

/* ---- answers ---- */

/* A status that came is the answer, also if the rest of it did not come well. */
static void read_answer(const struct call *call, CURLcode code, struct poster_answer *ret_answer)
{
	curl_off_t retry = 0, took = 0, connected = 0;
	long status = 0;

	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &retry);
	curl_easy_getinfo(call->easy, CURLINFO_TOTAL_TIME_T, &took);
	curl_easy_getinfo(call->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
	ret_answer->status = status;
	ret_answer->asked_ms = retry > 0 && retry < INT32_MAX ? (uint64_t)retry * 1000 : 0;
	ret_answer->took_us = took > 0 ? (uint64_t)took : 0;
	ret_answer->why = call->problem[0] ? call->problem : curl_easy_strerror(code);
	ret_answer->end = status >= 200 ? END_ANSWERED : connected > 0 ? END_BROKEN : END_UNREACHED;
}

static void take_answers(struct poster *poster)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(poster->multi, &left))) {
		struct poster_answer answer = { .status = 0 };
		struct call *call;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
		read_answer(call, message->data.result, &answer);
		poster->fn(poster->arg, call->tag, &answer);
		free_call(poster, call);
	}
}

/* ---- libcurl on the loop ---- */

static void act(struct poster *poster, curl_socket_t fd)
{
	int running;

	curl_multi_socket_action(poster->multi, fd, 0, &running);
	take_answers(poster);
}

static void on_timer(void *arg)
{
	act(arg, CURL_SOCKET_TIMEOUT);
}

static void on_socket_event(void *arg)
{
	const struct socket_watch *watch = arg;

	act(watch->poster, watch->fd);
}

static void free_watch(void *arg)
{
	mem_free(arg);
}

/* libcurl is inside itself: what it says is only noted. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct poster *poster = arg;
	struct socket_watch *watch = socket_arg;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (!watch)
			return 0;
		watch_free(watch->watch);
		curl_multi_assign(poster->multi, fd, NULL);
		loop_defer(poster->loop, free_watch, watch); /* its callback may be our caller */
		return 0;
	}
	if (!watch) {
		watch = mem_alloc(sizeof(*watch));
		watch->poster = poster;
		watch->fd = fd;
		watch->watch = watch_new(poster->loop, fd, on_socket_event, watch);
		if (!watch->watch) {
			mem_free(watch);
			return -1;
		}
		curl_multi_assign(poster->multi, fd, watch);
	}
	watch_want(watch->watch, what & CURL_POLL_IN, what & CURL_POLL_OUT);
	return 0;
}

static int on_timeout(CURLM *multi, long ms, void *arg)
{
	struct poster *poster = arg;

	(void)multi;
	if (ms < 0)
		timer_stop(poster->timer);
	else
		timer_start(poster->timer, (uint64_t)ms);
	return 0;
}

struct poster *poster_new(struct loop *loop, unsigned most, poster_fn fn, void *arg)
{
	struct poster *poster = mem_alloc(sizeof(*poster));

	poster->loop = loop;
	poster->fn = fn;
	poster->arg = arg;
	list_init(&poster->calls);
	poster->timer = timer_new(loop, on_timer, poster);
	poster->multi = curl_multi_init();
	if (!poster->multi) {
		poster_free(poster);
		return NULL;
	}
	curl_multi_setopt(poster->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(poster->multi, CURLMOPT_SOCKETDATA, poster);
	curl_multi_setopt(poster->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
	curl_multi_setopt(poster->multi, CURLMOPT_TIMERDATA, poster);
	curl_multi_setopt(poster->multi, CURLMOPT_MAXCONNECTS, (long)most);
	return poster;
}

void poster_free(struct poster *poster)
{
	if (!poster)
		return;
	while (!list_empty(&poster->calls))
		free_call(poster, LIST_ENTRY(poster->calls.next, struct call, link));
	if (poster->multi)
		curl_multi_cleanup(poster->multi);
	timer_free(poster->timer);
	mem_free(poster);
}

/* ---- a request ---- */

static size_t on_body(char *bytes, size_t one, size_t len, void *arg)
{
	struct call *call = arg;

	(void)bytes;
	call->read += one * len;
	return call->read > ANSWER_MAX ? 0 : one * len;
}

static bool put_headers(struct call *call, const struct poster_request *request)
{
	for (size_t i = 0; i < request->header_count; i++) {
		_cleanup_(mem_freep) char *line = slice_dup(request->headers[i]);
		struct curl_slist *longer = curl_slist_append(call->headers, line);

		if (!longer)
			return false;
		call->headers = longer;
	}
	return true;
}

static bool set_options(struct call *call, const struct poster_request *request)
{
	CURL *easy = call->easy;
	bool bad = false;

	bad |= curl_easy_setopt(easy, CURLOPT_URL, request->url) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) !=
		CURLE_OK;
	if (request->ca_file[0])
		bad |= curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len) !=
		CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body.data) != CURLE_OK;
	return !bad;
}

static void set_manners(struct call *call, const struct poster_request *request)
{
	CURL *easy = call->easy;
	long timeout = (long)request->timeout_ms;

	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout);
	curl_easy_setopt(
		easy, CURLOPT_CONNECTTIMEOUT_MS, timeout < CONNECT_MS ? timeout : (long)CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "atrium-webhook/" ATRIUM_VERSION);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->problem);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
}

int poster_post(struct poster *poster, const struct poster_request *request)
{
	struct call *call = mem_alloc(sizeof(*call));
	int r = 0;

	list_init(&call->link);
	call->tag = request->tag;
	call->body = request->body;
	call->easy = curl_easy_init();
	if (!call->easy || !put_headers(call, request))
		r = -ENOMEM;
	else if (!set_options(call, request))
		r = -EINVAL;
	if (r == 0) {
		set_manners(call, request);
		list_append(&poster->calls, &call->link);
		if (curl_multi_add_handle(poster->multi, call->easy) != CURLM_OK)
			r = -EINVAL;
	}
	if (r < 0)
		free_call(poster, call);
	return r;
}
