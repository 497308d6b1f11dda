/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory_stream.hpp: a DCMTK input stream over bytes in memory that can be opened again at any
 * place. The library then does for memory what it does for files: it steps over a long value,
 * which proves that the value is there, and makes room for it only when it is asked for. Over its
 * own buffer stream it would allocate whatever a damaged length says.
 */
#ifndef HIPNET_DICOM_MEMORY_STREAM_HPP
#define HIPNET_DICOM_MEMORY_STREAM_HPP

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrma.h>
#include <dcmtk/dcmdata/dcerror.h>

#include <cstring>

namespace wall
{

/* The bytes are borrowed, and must outlive every stream and every data set read from them. */
class memory_producer : public DcmProducer
{
  public:
    memory_producer(const Uint8 *data, size_t length, size_t start)
        : bytes(data), size(length), at(start)
    {
    }
    OFBool good() const override
    {
        return condition.good();
    }
    OFCondition status() const override
    {
        return condition;
    }
    OFBool eos() override
    {
        return at == size;
    }
    offile_off_t avail() override
    {
        return offile_off_t(size - at);
    }
    offile_off_t read(void *buffer, offile_off_t wanted) override
    {
        size_t taken = limited(wanted);
        if (taken > 0) {
            memcpy(buffer, bytes + at, taken);
        }
        at += taken;
        return offile_off_t(taken);
    }
    offile_off_t skip(offile_off_t wanted) override
    {
        size_t taken = limited(wanted);
        at += taken;
        return offile_off_t(taken);
    }
    void putback(offile_off_t count) override
    {
        if (count < 0 || size_t(count) > at) {
            condition = EC_PutbackFailed;
        } else {
            at -= size_t(count);
        }
    }

  private:
    size_t limited(offile_off_t wanted) const
    {
        return wanted < 0 ? 0 : size_t(wanted) < size - at ? size_t(wanted) : size - at;
    }

    const Uint8 *bytes;
    size_t size, at;
    OFCondition condition = EC_Normal;
};

/* Holds the producer, which must exist before the stream's base class does. */
struct memory_holder {
    memory_producer producer;
};

class memory_stream : private memory_holder, public DcmInputStream
{
  public:
    memory_stream(const Uint8 *data, size_t length, size_t start = 0)
        : memory_holder { memory_producer(data, length, start) },
          DcmInputStream(&(memory_holder::producer)), bytes(data), size(length), origin(start)
    {
    }
    DcmInputStreamFactory *newFactory() const override;

  private:
    const Uint8 *bytes;
    size_t size, origin;
};

class memory_factory : public DcmInputStreamFactory
{
  public:
    memory_factory(const Uint8 *data, size_t length, size_t place)
        : bytes(data), size(length), start(place)
    {
    }
    DcmInputStream *create() const override
    {
        return new memory_stream(bytes, size, start);
    }
    DcmInputStreamFactory *clone() const override
    {
        return new memory_factory(bytes, size, start);
    }
    DcmInputStreamFactoryType ident() const override
    {
        return DFT_DcmInputFileStreamFactory;
    }

  private:
    const Uint8 *bytes;
    size_t size, start;
};

/* Behind a filter (inflating) the place in the stream is no place in the bytes. */
inline DcmInputStreamFactory *memory_stream::newFactory() const
{
    if (currentProducer() != static_cast<const DcmProducer *>(&(memory_holder::producer))) {
        return nullptr;
    }
    return new memory_factory(bytes, size, origin + size_t(tell()));
}

} // namespace wall

#endif
