/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/base64.h"

/* A field's name as JSON has it: tab_id becomes "tabId": */
static bool put_name(struct buf *out, const char *name, struct err *e)
{
    TRY(buf_put_u8(out, '"', e));
    for (; *name != '\0'; name++) {
        if (*name == '_' && name[1] >= 'a' && name[1] <= 'z') {
            name++;
            TRY(buf_put_u8(out, (uint8_t)(*name - 'a' + 'A'), e));
        } else if (*name != '_') {
            TRY(buf_put_u8(out, (uint8_t)*name, e));
        }
    }
    return buf_put(out, bytes_of("\":"), e);
}

bool json_put_string(struct buf *out, struct bytes text, struct err *e)
{
    static const char escapes[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                    ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\' };
    size_t from = 0;

    TRY(buf_put_u8(out, '"', e));
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        char escape = c < sizeof(escapes) ? escapes[c] : 0;

        if (c >= 0x20 && escape == 0) {
            continue;
        }
        TRY(buf_put(out, (struct bytes){ text.p + from, i - from }, e));
        TRY(escape != 0 ? buf_printf(out, e, "\\%c", escape) : buf_printf(out, e, "\\u%04x", c));
        from = i + 1;
    }
    TRY(buf_put(out, (struct bytes){ text.p + from, text.n - from }, e));
    return buf_put_u8(out, '"', e);
}

/* A short text that reads back as the same number. */
static bool write_double(struct buf *out, double d, bool narrow, struct err *e)
{
    enum { FLOAT_DIGITS = 6, DOUBLE_DIGITS = 15, MOST_DIGITS = 17 };
    char text[40];

    if (!isfinite(d)) {
        return buf_put(out,
                       bytes_of(isnan(d) ? "\"NaN\""
                                : d > 0  ? "\"Infinity\""
                                         : "\"-Infinity\""),
                       e);
    }
    if (d == 0 && signbit(d)) {
        return buf_put(out, bytes_of("-0.0"),
                       e); /* "-0" is read as an integer, which has no sign */
    }
    for (int digits = narrow ? FLOAT_DIGITS : DOUBLE_DIGITS; digits <= MOST_DIGITS; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, d);
        if (narrow ? strtof(text, NULL) == (float)d : strtod(text, NULL) == d) {
            break;
        }
    }
    return buf_put(out, bytes_of(text), e);
}

static bool write_octets(struct buf *out, const ProtobufCBinaryData *data, struct err *e)
{
    return buf_put_u8(out, '"', e) &&
           base64_put(out, (struct bytes){ data->data, data->len }, true, e) &&
           buf_put_u8(out, '"', e);
}

static bool write_enum(struct buf *out, const ProtobufCFieldDescriptor *f, int number,
                       struct err *e)
{
    const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(f->descriptor, number);

    return v != NULL ? buf_printf(out, e, "\"%s\"", v->name) : buf_printf(out, e, "%d", number);
}

/* at points at one value of the field's type. */
static bool write_value(struct buf *out, const ProtobufCFieldDescriptor *f, const void *at,
                        struct err *e)
{
    const char *text;

    switch (f->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return buf_printf(out, e, "%d", *(const int32_t *)at);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return buf_printf(out, e, "%u", *(const uint32_t *)at);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return buf_printf(out, e, "\"%lld\"", (long long)*(const int64_t *)at);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return buf_printf(out, e, "\"%llu\"", (unsigned long long)*(const uint64_t *)at);
    case PROTOBUF_C_TYPE_FLOAT:
        return write_double(out, (double)*(const float *)at, true, e);
    case PROTOBUF_C_TYPE_DOUBLE:
        return write_double(out, *(const double *)at, false, e);
    case PROTOBUF_C_TYPE_BOOL:
        return buf_put(out, bytes_of(*(const protobuf_c_boolean *)at ? "true" : "false"), e);
    case PROTOBUF_C_TYPE_ENUM:
        return write_enum(out, f, *(const int *)at, e);
    case PROTOBUF_C_TYPE_STRING:
        text = *(const char *const *)at;
        return json_put_string(out, bytes_of(text != NULL ? text : ""), e);
    case PROTOBUF_C_TYPE_BYTES:
        return write_octets(out, at, e);
    case PROTOBUF_C_TYPE_MESSAGE:
        return json_write(*(const ProtobufCMessage *const *)at, out, e);
    }
    return false;
}

/* Octets of one value in a message. */
static size_t size_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        return 4;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    }
    return 0;
}

static bool is_default(const ProtobufCFieldDescriptor *f, const uint8_t *at)
{
    static const uint8_t zero[sizeof(ProtobufCBinaryData)];

    if (f->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(const char *const *)(const void *)at;

        return text == NULL || *text == '\0';
    }
    if (f->type == PROTOBUF_C_TYPE_BYTES) {
        return ((const ProtobufCBinaryData *)(const void *)at)->len == 0;
    }
    return memcmp(at, zero, size_of(f->type)) == 0;
}

static bool is_oneof(const ProtobufCFieldDescriptor *f)
{
    return (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

static bool is_set(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    const uint8_t *base = (const uint8_t *)m;
    const void *quantifier = base + f->quantifier_offset;

    if (f->label == PROTOBUF_C_LABEL_REPEATED) {
        return *(const size_t *)quantifier > 0;
    }
    if (is_oneof(f)) {
        return *(const uint32_t *)quantifier == f->id;
    }
    return !is_default(f, base + f->offset);
}

static bool write_field(struct buf *out, const ProtobufCMessage *m,
                        const ProtobufCFieldDescriptor *f, struct err *e)
{
    const uint8_t *at = (const uint8_t *)m + f->offset;
    const void *quantifier = (const uint8_t *)m + f->quantifier_offset;
    size_t n;

    TRY(put_name(out, f->name, e));
    if (f->label != PROTOBUF_C_LABEL_REPEATED) {
        return write_value(out, f, at, e);
    }
    n = *(const size_t *)quantifier;
    at = *(const uint8_t *const *)(const void *)at;
    TRY(buf_put_u8(out, '[', e));
    for (size_t i = 0; i < n; i++) {
        TRY(i == 0 || buf_put_u8(out, ',', e));
        TRY(write_value(out, f, at + i * size_of(f->type), e));
    }
    return buf_put_u8(out, ']', e);
}

bool json_write(const ProtobufCMessage *message, struct buf *out, struct err *e)
{
    bool first = true;

    TRY(buf_put_u8(out, '{', e));
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &message->descriptor->fields[i];

        if (is_set(message, f)) {
            TRY(first || buf_put_u8(out, ',', e));
            TRY(write_field(out, message, f, e));
            first = false;
        }
    }
    return buf_put_u8(out, '}', e);
}
