/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/guard.h"

#include <string.h>

#include "base/utf8.h"

enum {
    ELEMENTS_MAX = 100 * 1000,
    WIRE_VARINT = 0,
    WIRE_64 = 1,
    WIRE_LENGTH = 2,
    WIRE_32 = 5,
    TAG_TYPE_BITS = 3,
    FIELD_MAX = (1 << 29) - 1, /* largest field number */
};

struct walk {
    size_t elements; /* repeated elements and submessages so far */
    struct err *e;
};

static bool count(struct walk *w, const char *field, size_t n)
{
    if (n > ELEMENTS_MAX - w->elements) {
        err_set(w->e, ERR_RESOURCE_EXHAUSTED, "TOO_LARGE", "more than %d elements", ELEMENTS_MAX);
        w->e->field = field;
        return false;
    }
    w->elements += n;
    return true;
}

static unsigned wire_type_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        return WIRE_VARINT;
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return WIRE_64;
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return WIRE_32;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return WIRE_LENGTH;
    }
    return WIRE_LENGTH;
}

static bool check_string(const char *field, struct bytes text, struct err *e)
{
    if (text.n > 0 && memchr(text.p, '\0', text.n) != NULL) {
        err_set(e, ERR_INVALID_ARGUMENT, "BAD_UTF8", "'%s' holds a NUL octet", field);
    } else if (!utf8_is_valid(text)) {
        err_set(e, ERR_INVALID_ARGUMENT, "BAD_UTF8", "'%s' is not UTF-8", field);
    } else {
        return true;
    }
    e->field = field;
    return false;
}

static bool skip(struct reader *r, unsigned wire)
{
    switch (wire) {
    case WIRE_VARINT:
        (void)read_varint(r);
        return true;
    case WIRE_64:
        (void)read_bytes(r, 8);
        return true;
    case WIRE_LENGTH:
        (void)read_bytes(r, (size_t)read_varint(r));
        return true;
    case WIRE_32:
        (void)read_bytes(r, 4);
        return true;
    default: /* groups, and what was never defined */
        return false;
    }
}

/* A packed list: only numbers, nothing else. */
static bool check_packed(struct walk *w, const ProtobufCFieldDescriptor *f, struct bytes list)
{
    struct reader r = reader_of(list);
    unsigned wire = wire_type_of(f->type);

    while (r.left.n > 0 && !r.bad) {
        (void)skip(&r, wire);
        if (!count(w, f->name, 1)) {
            return false;
        }
    }
    return !r.bad || err_invalid(w->e, f->name, "'%s' is malformed", f->name);
}

static bool check_message(struct walk *w, const ProtobufCMessageDescriptor *type, struct bytes data,
                          const char *field, int depth);

static bool check_value(struct walk *w, const ProtobufCFieldDescriptor *f, unsigned wire,
                        struct reader *r, int depth)
{
    bool repeated = f->label == PROTOBUF_C_LABEL_REPEATED;
    struct bytes value;

    if (wire != wire_type_of(f->type)) {
        if (!repeated || wire != WIRE_LENGTH) {
            return err_invalid(w->e, f->name, "'%s' has a wrong type", f->name);
        }
        return check_packed(w, f, read_bytes(r, (size_t)read_varint(r)));
    }
    if ((repeated || f->type == PROTOBUF_C_TYPE_MESSAGE) && !count(w, f->name, 1)) {
        return false;
    }
    if (wire != WIRE_LENGTH) {
        return skip(r, wire);
    }
    value = read_bytes(r, (size_t)read_varint(r));
    if (r->bad) {
        return true; /* told by the caller */
    }
    if (f->type == PROTOBUF_C_TYPE_STRING) {
        return check_string(f->name, value, w->e);
    }
    if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
        return check_message(w, f->descriptor, value, f->name, depth + 1);
    }
    return true;
}

static bool check_message(struct walk *w, const ProtobufCMessageDescriptor *type, struct bytes data,
                          const char *field, int depth)
{
    struct reader r = reader_of(data);

    if (depth > GUARD_DEPTH) {
        return err_invalid(w->e, field, "nested more than %d deep", GUARD_DEPTH);
    }
    while (r.left.n > 0 && !r.bad) {
        uint64_t tag = read_varint(&r);
        uint64_t number = tag >> TAG_TYPE_BITS;
        unsigned wire = tag & ((1 << TAG_TYPE_BITS) - 1);
        const ProtobufCFieldDescriptor *f =
            number <= FIELD_MAX ? protobuf_c_message_descriptor_get_field(type, (unsigned)number)
                                : NULL;

        if (r.bad || number == 0 || number > FIELD_MAX) {
            return err_invalid(w->e, field, "malformed message");
        }
        if (f != NULL) {
            TRY(check_value(w, f, wire, &r, depth));
        } else if (!skip(&r, wire) || !count(w, field, 1)) {
            /* protobuf-c keeps unknown fields: they cost memory like elements do */
            return w->e->code == ERR_RESOURCE_EXHAUSTED
                       ? false
                       : err_invalid(w->e, field, "malformed message");
        }
        if (r.bad) {
            return err_invalid(w->e, f != NULL ? f->name : field, "malformed message");
        }
    }
    return true;
}

bool guard_check(const ProtobufCMessageDescriptor *type, struct bytes data, struct err *e)
{
    struct err scratch = { 0 };
    struct walk w = { .e = &scratch };

    if (!check_message(&w, type, data, NULL, 1)) {
        *e = scratch;
        return false;
    }
    return true;
}

ProtobufCMessage *guard_unpack(const ProtobufCMessageDescriptor *type, struct bytes data,
                               struct err *e)
{
    ProtobufCMessage *m;

    if (!guard_check(type, data, e)) {
        return NULL;
    }
    m = protobuf_c_message_unpack(type, NULL, data.n, data.p != NULL ? data.p : (uint8_t *)"");
    if (m == NULL) {
        err_invalid(e, NULL, "malformed message");
    }
    return m;
}
