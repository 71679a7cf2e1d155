/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: one event a line on standard error, a constant message, values as fields.
 *
 *     log_info("worker ready", F_STR("worker", id.s), F_INT("took_ms", ms));
 *
 * Text:  2026-11-20T12:00:00.123Z INFO worker ready worker=4f… took_ms=12
 * JSON:  {"time":"…","level":"info","msg":"worker ready","worker":"4f…","took_ms":12}
 *
 * Never put message contents, tokens, keys, query strings or environment values in a field.
 * Levels: error = a person must act; warn = we coped; info = a state a user would recognise;
 * debug = for us. Any thread may log.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/buf.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

struct log_field {
    const char *name;
    enum { LOG_FIELD_STR, LOG_FIELD_INT } kind;
    struct bytes text; /* any octets: control characters and quotes are escaped */
    int64_t number;
};

#define F_STR(name_, value)                                                                        \
    {                                                                                              \
        .name = (name_), .kind = LOG_FIELD_STR, .text = bytes_of(value)                            \
    }
#define F_BYTES(name_, value)                                                                      \
    {                                                                                              \
        .name = (name_), .kind = LOG_FIELD_STR, .text = (value)                                    \
    }
#define F_INT(name_, value)                                                                        \
    {                                                                                              \
        .name = (name_), .kind = LOG_FIELD_INT, .number = (int64_t)(value)                         \
    }
#define F_ERR(e) F_STR("error", (e)->msg)

/* What to write from now on. Before the first call: info, text, standard error. */
void log_configure(enum log_level least, enum log_format format);

/* Write to another open file descriptor; for tests. */
void log_to_fd(int fd);

bool log_is_on(enum log_level level);

void log_write(enum log_level level, const char *message, const struct log_field *fields, size_t n);

#define LOG_EVENT(level, message, ...)                                                             \
    do {                                                                                           \
        if (log_is_on(level)) {                                                                    \
            const struct log_field fields_[] = { { .name = NULL }, ##__VA_ARGS__ };                \
            log_write(level, message, fields_ + 1, ARRAY_LEN(fields_) - 1);                        \
        }                                                                                          \
    } while (0)

#define log_debug(message, ...) LOG_EVENT(LOG_LEVEL_DEBUG, message, ##__VA_ARGS__)
#define log_info(message, ...)  LOG_EVENT(LOG_LEVEL_INFO, message, ##__VA_ARGS__)
#define log_warn(message, ...)  LOG_EVENT(LOG_LEVEL_WARN, message, ##__VA_ARGS__)
#define log_error(message, ...) LOG_EVENT(LOG_LEVEL_ERROR, message, ##__VA_ARGS__)

#endif
