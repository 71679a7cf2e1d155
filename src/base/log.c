/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"

enum {
    LINE_MAX_OCTETS = 8192, /* longer lines are cut, so that one event stays one write */
    /* A value is cut where less than this is left, so that what must follow it finds room: its
     * quote, one more field's name or number, the closing brace and the line's end. */
    RESERVE_OCTETS = 128,
    CHARACTER_MAX_OCTETS = 4, /* RFC 3629 */
};

static enum log_level least_level = LOG_LEVEL_INFO;
static enum log_format line_format = LOG_FORMAT_TEXT;
static int out_fd = STDERR_FILENO;

void log_configure(enum log_level least, enum log_format format)
{
    least_level = least;
    line_format = format;
}

void log_to_fd(int fd)
{
    out_fd = fd;
}

bool log_is_on(enum log_level level)
{
    return level >= least_level;
}

struct line {
    char text[LINE_MAX_OCTETS];
    size_t n;
};

static void put(struct line *l, const char *s)
{
    while (*s != '\0' && l->n < sizeof(l->text) - 1) {
        l->text[l->n++] = *s++;
    }
}

static bool has_room(const struct line *l)
{
    return l->n < sizeof(l->text) - RESERVE_OCTETS;
}

/* One character, of n octets, or one octet that is none. */
static void put_character(struct line *l, const uint8_t *p, size_t n)
{
    char one[8] = { 0 };

    if (n == 0) {
        put(l, "\\ufffd");
    } else if (p[0] < 0x20 || p[0] == 0x7f) {
        snprintf(one, sizeof(one), "\\u%04x", p[0]);
        put(l, one);
    } else {
        put(l, p[0] == '"' || p[0] == '\\' ? "\\" : "");
        memcpy(one, p, n);
        put(l, one);
    }
}

/* Names of files and words of children need not be UTF-8; a line of the log is. */
static void put_escaped(struct line *l, struct bytes text)
{
    size_t i = 0;

    while (i < text.n && has_room(l)) {
        size_t left = text.n - i < CHARACTER_MAX_OCTETS ? text.n - i : CHARACTER_MAX_OCTETS;
        size_t n = 1;

        while (n <= left && utf8_valid_prefix((struct bytes){ text.p + i, n }) != n) {
            n++;
        }
        n = n <= left ? n : 0;
        put_character(l, text.p + i, n);
        i += n > 0 ? n : 1;
    }
}

static bool is_plain(struct bytes text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] <= ' ' || text.p[i] == '"' || text.p[i] == '\\' || text.p[i] == '=' ||
            text.p[i] == 0x7f) {
            return false;
        }
    }
    return text.n > 0;
}

static void put_field(struct line *l, const struct log_field *f)
{
    bool json = line_format == LOG_FORMAT_JSON;
    char number[24];

    if (!has_room(l)) {
        return;
    }
    put(l, json ? ",\"" : " ");
    put(l, f->name);
    put(l, json ? "\":" : "=");
    if (f->kind == LOG_FIELD_INT) {
        snprintf(number, sizeof(number), "%lld", (long long)f->number);
        put(l, number);
        return;
    }
    if (json || !is_plain(f->text)) {
        put(l, "\"");
        put_escaped(l, f->text);
        put(l, "\"");
    } else {
        put_escaped(l, f->text);
    }
}

static void put_time(struct line *l)
{
    int64_t now = clock_unix_ms();
    time_t seconds = (time_t)(now / 1000);
    struct tm utc;
    char text[40];

    gmtime_r(&seconds, &utc);
    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900,
             utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, (int)(now % 1000));
    put(l, text);
}

void log_write(enum log_level level, const char *message, const struct log_field *fields, size_t n)
{
    static const char *const upper[] = { "DEBUG", "INFO", "WARN", "ERROR" };
    static const char *const lower[] = { "debug", "info", "warn", "error" };
    bool json = line_format == LOG_FORMAT_JSON;
    struct line l = { .n = 0 };

    put(&l, json ? "{\"time\":\"" : "");
    put_time(&l);
    put(&l, json ? "\",\"level\":\"" : " ");
    put(&l, json ? lower[level] : upper[level]);
    put(&l, json ? "\",\"msg\":\"" : " ");
    put_escaped(&l, bytes_of(message));
    put(&l, json ? "\"" : "");
    for (size_t i = 0; i < n; i++) {
        put_field(&l, &fields[i]);
    }
    put(&l, json ? "}" : "");
    l.text[l.n++] = '\n';
    /* A log that cannot be written has nowhere to complain. */
    if (write(out_fd, l.text, l.n) < 0) {
        return;
    }
}
