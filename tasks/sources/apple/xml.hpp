// What XML allows in a line that is one tag: legal text, names, attributes, references.
#pragma once

#include <cstring>
#include <string_view>

namespace {

using std::string_view;

constexpr int MOST = 32;  // attributes of an element

// Text that XML and UTF-8 allow, without tabs and line ends; bytes of plain text are looked at many at a time.
bool legal(const char* at, const char* end) {
    unsigned char high = 0, control = 0;
    for (const char* c = at; c < end; c++) {
        const auto byte = static_cast<unsigned char>(*c);
        high |= byte;
        control |= byte < 0x20;
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

}  // namespace
