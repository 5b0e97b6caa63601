// What a time and a number look like in an Apple Health export.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace {

using std::string_view;

int digits(const char* at, int count) {
    int number = 0;
    for (int n = 0; n < count; n++) {
        const unsigned digit = static_cast<unsigned char>(at[n]) - '0';
        if (digit > 9) return -1;
        number = 10 * number + static_cast<int>(digit);
    }
    return number;
}

// Days since 1970-01-01 of the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms").
int64_t days_of(int year, int month, int day) {
    year -= month <= 2;
    const int era = year / 400, of_era = year - era * 400;
    const int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return static_cast<int64_t>(era) * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int length_of(int year, int month) {
    constexpr int LENGTHS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return LENGTHS[month - 1] + (month == 2 && leap);
}

struct Moment {
    int64_t seconds;  // wall clock since 1970-01-01
    int minutes;      // from UTC
};

// `2024-03-01 10:00:00 +0100`, nothing else.
bool moment_of(string_view text, Moment& out) {
    if (text.size() != 25) return false;
    const char* at = text.data();
    if (at[4] != '-' || at[7] != '-' || at[10] != ' ' || at[13] != ':' || at[16] != ':' || at[19] != ' ') return false;
    const int year = digits(at, 4), month = digits(at + 5, 2), day = digits(at + 8, 2);
    const int hour = digits(at + 11, 2), minute = digits(at + 14, 2), second = digits(at + 17, 2);
    const int offset_hours = digits(at + 21, 2), offset_minutes = digits(at + 23, 2);
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > length_of(year, month)) return false;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return false;
    if (offset_hours < 0 || offset_minutes < 0 || offset_minutes > 59) return false;
    const int offset = offset_hours * 60 + offset_minutes;
    if (offset > 18 * 60 || (at[20] != '+' && at[20] != '-')) return false;
    out = {days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second, at[20] == '-' ? -offset : offset};
    return true;
}

// Reads times of which most are of the day and the offset of the one before.
class Clock {
  public:
    bool read(const char* at, Moment& out) {
        if (std::memcmp(at, day, sizeof day) || std::memcmp(at + 19, offset, sizeof offset)) {
            if (!moment_of(string_view(at, LENGTH), out)) return false;
            std::memcpy(day, at, sizeof day);
            std::memcpy(offset, at + 19, sizeof offset);
            midnight = {out.seconds - (digits(at + 11, 2) * 60 + digits(at + 14, 2)) * 60 - digits(at + 17, 2), out.minutes};
            return true;
        }
        const int hour = digits(at + 11, 2), minute = digits(at + 14, 2), second = digits(at + 17, 2);
        if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return false;
        if (at[13] != ':' || at[16] != ':') return false;
        out = {midnight.seconds + (hour * 60 + minute) * 60 + second, midnight.minutes};
        return true;
    }

    static constexpr int LENGTH = 25;

  private:
    char day[11] = {}, offset[6] = {};
    Moment midnight{};
};

// A finite decimal number below 1e60 and nothing else, as every other reader takes it.
bool number_of(string_view text, double& out) {
    for (const char c : text)
        if (!((c >= '0' && c <= '9') || c == '.' || c == '-' || c == 'e' || c == 'E')) return false;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, out);
    return read.ec == std::errc() && read.ptr == end && text.back() != '.' && std::fabs(out) < 1e60;
}

}  // namespace
