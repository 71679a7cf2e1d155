/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes, borrowed and owned, and a reader for untrusted input.
 *
 *   struct bytes   a view: somebody else's memory, valid as long as that somebody says
 *   struct buf     owned memory that grows up to a limit set when it is made
 *   struct reader  a cursor over a view that cannot run off its end
 *
 * No other file in the tree does arithmetic on a byte pointer that came from a peer.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/err.h"

struct bytes {
    const uint8_t *p; /* may be NULL when n is 0 */
    size_t n;         /* octets */
};

/* A view of a C string, without its NUL. The string must outlive the view. */
struct bytes bytes_of(const char *s);

/* True if both views hold the same octets. Not for secrets: see crypto/ct.h. */
bool bytes_equal(struct bytes a, struct bytes b);

/* True if a view holds exactly the text s. */
bool bytes_are(struct bytes a, const char *s);

/* A NUL-terminated copy on the heap; the caller frees it. A NUL octet inside ends it early. */
char *bytes_dup(struct bytes src);

/*
 * Invariants: n <= cap <= max; p is NULL only when cap is 0. `= {0}` is an empty buffer of
 * limit 0, on which every put fails and which buf_done() accepts.
 */
struct buf {
    uint8_t *p;
    size_t n;
    size_t cap;
    size_t max; /* hard limit in octets: what one peer can make us hold */
};

/* Make an empty buffer that will never hold more than max octets. Allocates nothing yet. */
void buf_init(struct buf *b, size_t max);

/* Wipe and free the contents. b is then as after buf_init(b, 0). Accepts a zeroed buffer. */
void buf_done(struct buf *b);

/*
 * Append a copy of src, which must not point into b.
 *
 * Fails with ERR_RESOURCE_EXHAUSTED (TOO_LARGE) when the limit would be passed; b is then
 * unchanged. Running out of memory is not an error here: it ends the process (HACKING.md).
 */
MUST_CHECK bool buf_put(struct buf *b, struct bytes src, struct err *e);

/* Append unsigned numbers, most significant octet first. Fail as buf_put() does. */
MUST_CHECK bool buf_put_u8(struct buf *b, uint8_t v, struct err *e);
MUST_CHECK bool buf_put_u16be(struct buf *b, uint16_t v, struct err *e);
MUST_CHECK bool buf_put_u32be(struct buf *b, uint32_t v, struct err *e);
MUST_CHECK bool buf_put_u64be(struct buf *b, uint64_t v, struct err *e);

/* Append formatted text without its NUL. Fails as buf_put() does. */
MUST_CHECK bool buf_printf(struct buf *b, struct err *e, const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * Make room for n more octets and return where they go; the caller writes them and then calls
 * buf_added() with how many it wrote. NULL when the limit would be passed.
 */
uint8_t *buf_room(struct buf *b, size_t n);
void buf_added(struct buf *b, size_t n);

/* Drop the first n octets; n <= b->n. Views into b are invalid afterwards. */
void buf_consume(struct buf *b, size_t n);

/* Drop everything, keep the memory. */
void buf_clear(struct buf *b);

/* What b holds now. Invalid after the next put, room, consume or done. */
struct bytes buf_view(const struct buf *b);

/*
 * Reads are unchecked one by one: past the end they return 0 (or an empty view) and set `bad`,
 * which stays set. Read the whole message, then ask reader_end() once.
 */
struct reader {
    struct bytes left;
    bool bad;
};

struct reader reader_of(struct bytes src);
uint8_t read_u8(struct reader *r);
uint16_t read_u16be(struct reader *r);
uint32_t read_u32be(struct reader *r);
uint64_t read_u64be(struct reader *r);

/* A base-128 varint, least significant group first, as protobuf writes it; at most 64 bits. */
uint64_t read_varint(struct reader *r);

/* The next n octets as a view into the source. */
struct bytes read_bytes(struct reader *r, size_t n);

/* All octets that are left. */
struct bytes read_rest(struct reader *r);

/* True if every read was inside the source and nothing is left over; else INVALID. */
MUST_CHECK bool reader_end(const struct reader *r, struct err *e);

/* Append v as a varint. Fails as buf_put() does. */
MUST_CHECK bool buf_put_varint(struct buf *b, uint64_t v, struct err *e);

#endif
