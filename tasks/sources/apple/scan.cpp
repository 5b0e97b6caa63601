// Lines of an Apple Health export into typed columns, one pass. Anything that is not written exactly as the Health app
// writes it makes `scan_records` return -1, and the caller reads the piece another way: nothing is guessed here.
// Every read stays inside [text, text + size): a pointer is compared with the end of its line before it is followed.

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

using std::string_view;

constexpr int WORDS = 4096;
constexpr int MOST = 32;  // attributes of an element
constexpr size_t DEEPEST = 16;
enum Dictionary { TYPE, SOURCE, UNIT, TEXT, DICTIONARIES };
enum Attribute { A_TYPE, A_SOURCE, A_UNIT, A_START, A_END, A_VALUE, A_VERSION, A_DEVICE, A_CREATION, ATTRIBUTES };
constexpr string_view NAMES[ATTRIBUTES] = {"type", "sourceName", "unit", "startDate", "endDate",
                                           "value", "sourceVersion", "device", "creationDate"};

class Words {
  public:
    explicit Words(const char* text) : base(text) {}

    // Number of a word in order of first appearance; -1 for the empty word, -2 when there are too many.
    int32_t code(string_view word) {
        if (word.empty()) return -1;
        if (last >= 0 && spans[last] == word) return last;
        const auto found = index.find(word);
        if (found != index.end()) return last = found->second;
        if (spans.size() == WORDS) return -2;
        last = static_cast<int32_t>(spans.size());
        index.emplace(word, last);
        spans.push_back(word);
        return last;
    }

    int64_t write(int64_t* out) const {
        for (size_t n = 0; n < spans.size(); n++) {
            out[2 * n] = spans[n].data() - base;
            out[2 * n + 1] = static_cast<int64_t>(spans[n].size());
        }
        return static_cast<int64_t>(spans.size());
    }

  private:
    const char* base;
    int32_t last = -1;
    std::vector<string_view> spans;
    std::unordered_map<string_view, int32_t> index;
};

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

bool number_of(string_view text, double& out) {
    for (const char c : text)
        if (!((c >= '0' && c <= '9') || c == '.' || c == '-' || c == 'e' || c == 'E')) return false;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, out);
    return read.ec == std::errc() && read.ptr == end && text.back() != '.' && std::fabs(out) < 1e60;
}

// Text that XML and UTF-8 allow; bytes of plain text are looked at many at a time.
bool legal(const char* at, const char* end) {
    unsigned char high = 0, control = 0;
    for (const char* c = at; c < end; c++) {
        const auto byte = static_cast<unsigned char>(*c);
        high |= byte;
        control |= (byte < 0x20) & (byte != '\t') & (byte != '\r');
    }
    if (control) return false;
    if (!(high & 0x80)) return true;
    while (at < end) {
        const auto byte = static_cast<unsigned char>(*at++);
        if (byte < 0x80) continue;
        const int more = byte >= 0xC2 && byte <= 0xDF ? 1 : (byte & 0xF0) == 0xE0 ? 2 : byte >= 0xF0 && byte <= 0xF4 ? 3 : 0;
        if (!more || end - at < more) return false;
        const auto next = static_cast<unsigned char>(*at);
        if ((byte == 0xE0 && next < 0xA0) || (byte == 0xED && next > 0x9F)) return false;
        if ((byte == 0xF0 && next < 0x90) || (byte == 0xF4 && next > 0x8F)) return false;
        if (byte == 0xEF && next == 0xBF && static_cast<unsigned char>(at[1]) > 0xBD) return false;  // U+FFFE, U+FFFF
        for (int n = 0; n < more; n++)
            if ((static_cast<unsigned char>(*at++) & 0xC0) != 0x80) return false;
    }
    return true;
}

bool word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

bool begins(string_view line, string_view with) { return line.substr(0, with.size()) == with; }

// The five named references of XML, no other: numbered ones are left to the other readers.
bool references_known(string_view value) {
    for (size_t at = value.find('&'); at != string_view::npos; at = value.find('&', at + 1)) {
        const size_t end = value.find(';', at);
        if (end == string_view::npos) return false;
        const string_view name = value.substr(at + 1, end - at - 1);
        if (name != "amp" && name != "lt" && name != "gt" && name != "quot" && name != "apos") return false;
    }
    return true;
}

struct Pair {
    string_view name, value;
};

struct Tag {
    string_view name;
    bool closing = false, alone = false;
    int count = 0;
    Pair pairs[MOST];
};

// A line that is one tag: `<name a="1" b="2">`, the same with `/>`, or `</name>`.
bool tag_of(string_view line, Tag& tag) {
    const char *at = line.data() + 1, *end = line.data() + line.size();
    tag.closing = at < end && *at == '/';
    at += tag.closing;
    const char* begin = at;
    while (at < end && word(*at)) at++;
    tag.name = string_view(begin, static_cast<size_t>(at - begin));
    if (tag.name.empty() || (tag.name[0] >= '0' && tag.name[0] <= '9')) return false;
    tag.count = 0;
    while (end - at > 1 && *at == ' ') {
        begin = ++at;
        while (at < end && word(*at)) at++;
        const string_view name(begin, static_cast<size_t>(at - begin));
        if (name.empty() || (name[0] >= '0' && name[0] <= '9') || end - at < 2 || at[0] != '=' || at[1] != '"') return false;
        begin = at += 2;
        at = static_cast<const char*>(std::memchr(at, '"', static_cast<size_t>(end - at)));
        if (!at || tag.count == MOST) return false;
        const string_view value(begin, static_cast<size_t>(at - begin));
        for (int n = 0; n < tag.count; n++)
            if (tag.pairs[n].name == name) return false;
        if (!references_known(value)) return false;
        tag.pairs[tag.count++] = {name, value};
        at++;
    }
    tag.alone = at < end && *at == '/';
    at += tag.alone;
    return at + 1 == end && *at == '>' && !(tag.closing && (tag.alone || tag.count));
}

// Values of the attributes of a record by their number; false for an attribute that is not known.
bool known(const Tag& tag, string_view (&values)[ATTRIBUTES]) {
    for (int n = 0; n < tag.count; n++) {
        int which = 0;
        while (which < ATTRIBUTES && NAMES[which] != tag.pairs[n].name) which++;
        if (which == ATTRIBUTES) return false;
        values[which] = tag.pairs[n].value;
    }
    return true;
}

}  // namespace

struct Columns {
    int32_t* code[DICTIONARIES];
    int32_t* line;
    int64_t* start;    // microseconds since 1970-01-01, UTC
    int32_t* seconds;  // from start to end by the wall clock
    int16_t* offset;   // minutes from UTC
    double* value;     // not a number where none is written
    int64_t* words;    // DICTIONARIES x WORDS x (offset in the text, length)
    int64_t* counts;   // DICTIONARIES: words; then whether there is a workout or a summary
};

extern "C" int64_t scan_records(const char* text, int64_t size, int64_t first_line, int64_t capacity, Columns* out) {
    const char *at = text, *stop = text + size;
    Words words[DICTIONARIES] = {Words(text), Words(text), Words(text), Words(text)};
    int64_t rows = 0, number = first_line;
    bool activity = false;
    std::vector<string_view> open;
    Tag tag;
    for (; at < stop; number++) {
        const auto* end = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(stop - at)));
        const char* next = end ? end + 1 : stop;
        if (!end) end = stop;
        if (!legal(at, end)) return -1;
        while (at < end && (*at == ' ' || *at == '\t')) at++;
        while (end > at && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r')) end--;
        const string_view line(at, static_cast<size_t>(end - at));
        at = next;
        if (line.empty()) continue;
        if (line.front() != '<' || line.back() != '>' || line.find('<', 1) != string_view::npos) return -1;
        if (!tag_of(line, tag)) return -1;
        if (tag.closing) {
            if (open.empty() || open.back() != tag.name) return -1;
            open.pop_back();
            continue;
        }
        if (!tag.alone) open.push_back(tag.name);
        if (open.size() > DEEPEST) return -1;
        if (tag.name != "Record") {
            activity |= tag.name == "Workout" || tag.name == "ActivitySummary";
            continue;
        }
        string_view values[ATTRIBUTES];
        Moment start{}, finish{};
        if (rows == capacity || !known(tag, values)) return -1;
        if (values[A_TYPE].empty() || !moment_of(values[A_START], start) || !moment_of(values[A_END], finish)) return -1;
        const int64_t seconds = finish.seconds - start.seconds;
        if (seconds < -86400 || seconds > std::numeric_limits<int32_t>::max()) return -1;
        const bool category = begins(values[A_TYPE], "HKCategoryTypeIdentifier");
        double value = std::numeric_limits<double>::quiet_NaN();
        if (!category && (values[A_VALUE].empty() || !number_of(values[A_VALUE], value))) return -1;
        const string_view named[] = {values[A_TYPE], values[A_SOURCE], values[A_UNIT], category ? values[A_VALUE] : ""};
        for (int n = 0; n < DICTIONARIES; n++) {
            out->code[n][rows] = words[n].code(named[n]);
            if (out->code[n][rows] == -2) return -1;
        }
        out->line[rows] = static_cast<int32_t>(number);
        out->start[rows] = (start.seconds - start.minutes * 60) * 1000000;
        out->seconds[rows] = static_cast<int32_t>(seconds);
        out->offset[rows] = static_cast<int16_t>(start.minutes);
        out->value[rows] = value;
        rows++;
    }
    if (!open.empty()) return -1;
    for (int n = 0; n < DICTIONARIES; n++) out->counts[n] = words[n].write(out->words + 2 * WORDS * n);
    out->counts[DICTIONARIES] = activity;
    return rows;
}
