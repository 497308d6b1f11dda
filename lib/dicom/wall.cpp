/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Start-up of DCMTK: its decoders are registered, and its logger, which would print on the
 * standard error, is replaced by one that keeps the words for the thread that caused them. Some of
 * its decoders only warn when a stream ends too early and fill the rest with zeros; these words
 * are how that is noticed.
 */
#include "wall.hpp"

#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpeg/djencode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/appender.h>
#include <dcmtk/oflog/oflog.h>
#include <dcmtk/oflog/spi/logevent.h>

#include <mutex>

namespace
{

thread_local std::string heard;

class listener : public dcmtk::log4cplus::Appender
{
  public:
    ~listener() override
    {
        destructorImpl();
    }
    void close() override
    {
        closed = true;
    }

  protected:
    void append(const dcmtk::log4cplus::spi::InternalLoggingEvent &event) override
    {
        if (heard.size() < 512) {
            heard += heard.empty() ? "" : "; ";
            heard += event.getMessage().c_str();
        }
    }
};

bool ready;

void start_once()
{
    dcmtk::log4cplus::Logger root = dcmtk::log4cplus::Logger::getRoot();
    root.removeAllAppenders();
    root.addAppender(dcmtk::log4cplus::SharedAppenderPtr(new listener));
    root.setLogLevel(dcmtk::log4cplus::WARN_LOG_LEVEL);

    DcmRLEDecoderRegistration::registerCodecs();
    DcmRLEEncoderRegistration::registerCodecs();
    DJDecoderRegistration::registerCodecs(EDC_never, EUC_never, EPC_colorByPixel);
    DJEncoderRegistration::registerCodecs(ECC_lossyYCbCr, EUC_never);
    DJLSDecoderRegistration::registerCodecs(EJLSUC_never, EJLSPC_colorByPixel);
    ready = dcmDataDict.isDictionaryLoaded();
}

std::once_flag once;

} // namespace

namespace wall
{

hn_status start()
{
    std::call_once(once, start_once);
    if (!ready) {
        return hn_fail(HN_ENOTFOUND,
                       "DCMTK's data dictionary is not installed (dicom.dic; it "
                       "comes with the library's package, DCMDICTPATH names another)");
    }
    return HN_OK;
}

const std::string &warnings()
{
    return heard;
}

void forget_warnings()
{
    heard.clear();
}

} // namespace wall
