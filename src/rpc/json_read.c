/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "net/base64.h"
#include "rpc/guard.h"

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_LENGTH = 2, WIRE_32 = 5, TAG_TYPE_BITS = 3 };

/* Whether key is the lowerCamelCase form of a proto name, or the name itself. */
static bool names_field(const char *key, size_t n, const char *name)
{
    size_t at = 0;

    if (strlen(name) == n && memcmp(name, key, n) == 0) {
        return true;
    }
    for (; *name != '\0'; name++) {
        char c = *name;

        if (c == '_') {
            name++;
            c = *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name;
            if (c == '\0') {
                break;
            }
        }
        if (at == n || key[at++] != c) {
            return false;
        }
    }
    return at == n;
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *type,
                                                  const char *key, size_t n)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        if (names_field(key, n, type->fields[i].name)) {
            return &type->fields[i];
        }
    }
    return NULL;
}

static bool wrong_type(const ProtobufCFieldDescriptor *f, struct err *e)
{
    return err_invalid(e, f->name, "'%s' has a wrong type", f->name);
}

static bool out_of_range(const ProtobufCFieldDescriptor *f, struct err *e)
{
    return err_invalid(e, f->name, "'%s' is out of range", f->name);
}

static bool put_tag(struct buf *out, const ProtobufCFieldDescriptor *f, unsigned wire,
                    struct err *e)
{
    return buf_put_varint(out, (uint64_t)f->id << TAG_TYPE_BITS | wire, e);
}

static bool put_little_endian(struct buf *out, uint64_t v, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        TRY(buf_put_u8(out, (uint8_t)(v >> (8 * i)), e));
    }
    return true;
}

/* A number, or the text of one, as a double. */
static bool read_double(yyjson_val *v, double *out)
{
    char *end;
    const char *s;

    if (yyjson_is_num(v)) {
        *out = yyjson_get_num(v);
        return true;
    }
    if (!yyjson_is_str(v)) {
        return false;
    }
    s = yyjson_get_str(v);
    if (strcmp(s, "NaN") == 0 || strcmp(s, "Infinity") == 0 || strcmp(s, "-Infinity") == 0) {
        *out = s[0] == 'N' ? NAN : (s[0] == 'I' ? INFINITY : -INFINITY);
        return true;
    }
    if (s[0] == '\0' || strspn(s, "+-.0123456789eE") != yyjson_get_len(v)) {
        return false;
    }
    *out = strtod(s, &end);
    return *end == '\0' && isfinite(*out);
}

static bool is_digits(const char *s, size_t n)
{
    return n > 0 && strspn(s, "0123456789") == n;
}

/* An integer within [least, most], out of a number or its text. */
static bool read_signed(yyjson_val *v, const ProtobufCFieldDescriptor *f, int64_t least,
                        int64_t most, int64_t *out, struct err *e)
{
    double d;

    if (yyjson_is_sint(v)) {
        *out = yyjson_get_sint(v);
    } else if (yyjson_is_uint(v)) {
        if (yyjson_get_uint(v) > INT64_MAX) {
            return out_of_range(f, e);
        }
        *out = (int64_t)yyjson_get_uint(v);
    } else if (yyjson_is_str(v) && is_digits(yyjson_get_str(v) + (yyjson_get_str(v)[0] == '-'),
                                             yyjson_get_len(v) - (yyjson_get_str(v)[0] == '-'))) {
        errno = 0;
        *out = strtoll(yyjson_get_str(v), NULL, 10);
        if (errno != 0) {
            return out_of_range(f, e);
        }
    } else if (read_double(v, &d) && d == trunc(d)) {
        if (d < -9007199254740992.0 || d > 9007199254740992.0) {
            return out_of_range(f, e); /* beyond 2^53 it is not known which integer is meant */
        }
        *out = (int64_t)d;
    } else {
        return wrong_type(f, e);
    }
    return (*out >= least && *out <= most) || out_of_range(f, e);
}

static bool read_unsigned(yyjson_val *v, const ProtobufCFieldDescriptor *f, uint64_t most,
                          uint64_t *out, struct err *e)
{
    int64_t small;

    if (yyjson_is_uint(v)) {
        *out = yyjson_get_uint(v);
    } else if (yyjson_is_str(v) && is_digits(yyjson_get_str(v), yyjson_get_len(v))) {
        errno = 0;
        *out = strtoull(yyjson_get_str(v), NULL, 10);
        if (errno != 0) {
            return out_of_range(f, e);
        }
    } else {
        TRY(read_signed(v, f, 0, INT64_MAX, &small, e));
        *out = (uint64_t)small;
    }
    return *out <= most || out_of_range(f, e);
}

static bool put_float(yyjson_val *v, const ProtobufCFieldDescriptor *f, struct buf *out,
                      struct err *e)
{
    double d;
    uint64_t bits;

    if (!read_double(v, &d)) {
        return wrong_type(f, e);
    }
    if (f->type == PROTOBUF_C_TYPE_FLOAT) {
        float narrow = (float)d;
        uint32_t bits32;

        if (isfinite(d) && !isfinite(narrow)) {
            return out_of_range(f, e);
        }
        memcpy(&bits32, &narrow, sizeof(bits32));
        return put_tag(out, f, WIRE_32, e) && put_little_endian(out, bits32, 4, e);
    }
    memcpy(&bits, &d, sizeof(bits));
    return put_tag(out, f, WIRE_64, e) && put_little_endian(out, bits, 8, e);
}

static bool put_enum(yyjson_val *v, const ProtobufCFieldDescriptor *f, struct buf *out,
                     struct err *e)
{
    const ProtobufCEnumValue *named;
    int64_t number;

    if (!yyjson_is_str(v)) {
        TRY(read_signed(v, f, INT32_MIN, INT32_MAX, &number, e));
    } else {
        named = protobuf_c_enum_descriptor_get_value_by_name(f->descriptor, yyjson_get_str(v));
        if (named == NULL || strlen(yyjson_get_str(v)) != yyjson_get_len(v)) {
            return err_invalid(e, f->name, "'%s' has no value '%.60s'", f->name, yyjson_get_str(v));
        }
        number = named->value;
    }
    return put_tag(out, f, WIRE_VARINT, e) && buf_put_varint(out, (uint64_t)number, e);
}

static bool put_octets(const ProtobufCFieldDescriptor *f, struct bytes octets, struct buf *out,
                       struct err *e)
{
    return put_tag(out, f, WIRE_LENGTH, e) && buf_put_varint(out, octets.n, e) &&
           buf_put(out, octets, e);
}

static bool put_string(yyjson_val *v, const ProtobufCFieldDescriptor *f, struct buf *out,
                       struct err *e)
{
    struct bytes text = { (const uint8_t *)yyjson_get_str(v), yyjson_get_len(v) };
    struct err why;
    CLEANUP(buf_done) struct buf octets;

    buf_init(&octets, text.n);
    if (!yyjson_is_str(v)) {
        return wrong_type(f, e);
    }
    if (f->type == PROTOBUF_C_TYPE_STRING) {
        return put_octets(f, text, out, e);
    }
    if (!base64_read(text, &octets, &why)) {
        return err_invalid(e, f->name, "'%s' is no base64", f->name);
    }
    return put_octets(f, buf_view(&octets), out, e);
}

static bool put_message(yyjson_val *v, const ProtobufCMessageDescriptor *type, struct buf *out,
                        int depth, struct err *e);

static bool put_submessage(yyjson_val *v, const ProtobufCFieldDescriptor *f, struct buf *out,
                           int depth, struct err *e)
{
    CLEANUP(buf_done) struct buf inner;

    buf_init(&inner, out->max - out->n);
    if (!yyjson_is_obj(v)) {
        return wrong_type(f, e);
    }
    if (depth == GUARD_DEPTH) {
        return err_invalid(e, f->name, "nested more than %d deep", GUARD_DEPTH);
    }
    TRY(put_message(v, f->descriptor, &inner, depth + 1, e));
    return put_octets(f, buf_view(&inner), out, e);
}

static bool put_varint(const ProtobufCFieldDescriptor *f, uint64_t v, struct buf *out,
                       struct err *e)
{
    return put_tag(out, f, WIRE_VARINT, e) && buf_put_varint(out, v, e);
}

static uint64_t zigzag(int64_t v)
{
    return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}

static bool put_integer(yyjson_val *v, const ProtobufCFieldDescriptor *f, struct buf *out,
                        struct err *e)
{
    ProtobufCType t = f->type;
    bool narrow =
        t == PROTOBUF_C_TYPE_INT32 || t == PROTOBUF_C_TYPE_SINT32 || t == PROTOBUF_C_TYPE_SFIXED32;
    int64_t i;

    TRY(read_signed(v, f, narrow ? INT32_MIN : INT64_MIN, narrow ? INT32_MAX : INT64_MAX, &i, e));
    if (t == PROTOBUF_C_TYPE_SFIXED32 || t == PROTOBUF_C_TYPE_SFIXED64) {
        return put_tag(out, f, narrow ? WIRE_32 : WIRE_64, e) &&
               put_little_endian(out, (uint64_t)i, narrow ? 4 : 8, e);
    }
    if (t == PROTOBUF_C_TYPE_SINT32 || t == PROTOBUF_C_TYPE_SINT64) {
        return put_varint(f, zigzag(i), out, e);
    }
    return put_varint(f, (uint64_t)i, out, e);
}

static bool put_natural(yyjson_val *v, const ProtobufCFieldDescriptor *f, struct buf *out,
                        struct err *e)
{
    bool narrow = f->type == PROTOBUF_C_TYPE_UINT32 || f->type == PROTOBUF_C_TYPE_FIXED32;
    uint64_t u;

    TRY(read_unsigned(v, f, narrow ? UINT32_MAX : UINT64_MAX, &u, e));
    if (f->type == PROTOBUF_C_TYPE_FIXED32 || f->type == PROTOBUF_C_TYPE_FIXED64) {
        return put_tag(out, f, narrow ? WIRE_32 : WIRE_64, e) &&
               put_little_endian(out, u, narrow ? 4 : 8, e);
    }
    return put_varint(f, u, out, e);
}

static bool put_value(yyjson_val *v, const ProtobufCFieldDescriptor *f, struct buf *out, int depth,
                      struct err *e)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return put_integer(v, f, out, e);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return put_natural(v, f, out, e);
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        return put_float(v, f, out, e);
    case PROTOBUF_C_TYPE_BOOL:
        return yyjson_is_bool(v) ? put_varint(f, yyjson_get_bool(v) ? 1 : 0, out, e)
                                 : wrong_type(f, e);
    case PROTOBUF_C_TYPE_ENUM:
        return put_enum(v, f, out, e);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
        return put_string(v, f, out, e);
    case PROTOBUF_C_TYPE_MESSAGE:
        return put_submessage(v, f, out, depth, e);
    }
    return wrong_type(f, e);
}

static bool put_field(yyjson_val *v, const ProtobufCFieldDescriptor *f, struct buf *out, int depth,
                      struct err *e)
{
    yyjson_arr_iter it;
    yyjson_val *element;

    if (f->label != PROTOBUF_C_LABEL_REPEATED) {
        return put_value(v, f, out, depth, e);
    }
    if (!yyjson_is_arr(v)) {
        return wrong_type(f, e);
    }
    yyjson_arr_iter_init(v, &it);
    while ((element = yyjson_arr_iter_next(&it)) != NULL) {
        TRY(put_value(element, f, out, depth, e));
    }
    return true;
}

static bool is_oneof(const ProtobufCFieldDescriptor *f)
{
    return (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

/* Whether another member of a field's oneof was seen. */
static bool clashes(const ProtobufCMessageDescriptor *type, const char *seen,
                    const ProtobufCFieldDescriptor *f)
{
    for (unsigned i = 0; is_oneof(f) && i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *other = &type->fields[i];

        if (seen[i] && is_oneof(other) && other->quantifier_offset == f->quantifier_offset) {
            return true;
        }
    }
    return false;
}

static bool put_message(yyjson_val *v, const ProtobufCMessageDescriptor *type, struct buf *out,
                        int depth, struct err *e)
{
    CLEANUP(free_p) char *seen = must_calloc(type->n_fields + 1, 1);
    yyjson_obj_iter it;
    yyjson_val *key;

    yyjson_obj_iter_init(v, &it);
    while ((key = yyjson_obj_iter_next(&it)) != NULL) {
        yyjson_val *value = yyjson_obj_iter_get_val(key);
        const ProtobufCFieldDescriptor *f =
            find_field(type, yyjson_get_str(key), yyjson_get_len(key));

        if (f == NULL || yyjson_is_null(value) || seen[f - type->fields]) {
            continue;
        }
        if (clashes(type, seen, f)) {
            return err_invalid(e, f->name, "'%s' excludes another field that is set", f->name);
        }
        seen[f - type->fields] = 1;
        TRY(put_field(value, f, out, depth, e));
    }
    return true;
}

static void free_doc(yyjson_doc **doc)
{
    yyjson_doc_free(*doc);
}

bool json_to_wire(const ProtobufCMessageDescriptor *type, struct bytes json, struct buf *out,
                  struct err *e)
{
    yyjson_read_err why = { 0 };
    CLEANUP(free_doc) yyjson_doc *doc = NULL;

    if (json.n == 0) {
        return true;
    }
    if (!utf8_is_valid(json)) {
        return err_set(e, ERR_INVALID_ARGUMENT, "BAD_UTF8", "the request is not UTF-8");
    }
    /* Without the in-place flag nothing is written to. */
    doc = yyjson_read_opts((char *)(uintptr_t)json.p, json.n, 0, NULL, &why);
    if (doc == NULL) {
        return err_invalid(e, NULL, "the request is no JSON: %.80s at octet %zu", why.msg, why.pos);
    }
    if (!yyjson_is_obj(yyjson_doc_get_root(doc))) {
        return err_invalid(e, NULL, "the request is no JSON object");
    }
    return put_message(yyjson_doc_get_root(doc), type, out, 1, e);
}
