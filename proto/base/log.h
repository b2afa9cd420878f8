/* log.h - one line an event: `event key=value ...` on stderr */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BASE_LOG_H
#define PROTO_BASE_LOG_H

#include "proto/base/buf.h"

/* Values are those of syslog, which journald reads as a `<N>` prefix. */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARN = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/*
 * Lines go to stderr, with the journald prefix when stderr is the journal ($JOURNAL_STREAM).
 * Control characters are escaped, so a peer's text cannot forge a line. An event that repeats
 * more than 20 times in 10 s is held back, and how many were is said when the time is over.
 * `name` is what assert() and libc call this process. What is held back at exit is said then.
 * Layers 0 to 2 do not log, except through what their callers do with an error.
 */
void log_open(const char *name, enum log_level level);
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);
void log_flush(void); /* says what is held back; called each second by the service and at exit */

/* `event` is a literal: lower case, words joined by '_'. `format` makes the key=value part. */
void log_write(enum log_level level, const char *event, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What someone with power over others did: at every level, and never held back. */
void log_audit(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Quotes a value if it has spaces, quotes or control characters, and cuts it at 200 bytes.
 * The result lives in one of eight buffers that are used in turn.
 */
const char *log_quote(struct slice value);

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) \
	(log_enabled(LOG_LEVEL_DEBUG) ? log_write(LOG_LEVEL_DEBUG, __VA_ARGS__) : (void)0)

#endif
