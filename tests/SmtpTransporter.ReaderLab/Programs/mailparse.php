<?php
// PHP's extension mailparse, with iconv_mime_decode for the words of the header.
function words(?string $raw): ?string { return $raw === null ? null : iconv_mime_decode($raw, ICONV_MIME_DECODE_CONTINUE_ON_ERROR, 'UTF-8'); }

function addresses(?string $raw): ?array
{
    if ($raw === null) return null;
    return array_map(fn ($a) => [$a['display'] === $a['address'] ? '' : words($a['display']), $a['address']], mailparse_rfc822_parse_addresses($raw));
}

foreach (glob($argv[1] . '/*.eml') as $path) {
    $source = file_get_contents($path);
    $mail = mailparse_msg_create();
    mailparse_msg_parse($mail, $source);
    $found = ['message' => basename($path, '.eml'), 'subject' => null, 'from' => null, 'to' => null, 'text' => null, 'html' => null, 'files' => []];
    $skip = null;
    foreach (mailparse_msg_get_structure($mail) as $id) {
        $data = mailparse_msg_get_part_data($part = mailparse_msg_get_part($mail, $id));
        if ($id === '1') {
            $headers = $data['headers'];
            foreach (['subject', 'from', 'to'] as $field) {
                $value = $headers[$field] ?? null;
                $found[$field] = $field === 'subject' ? words($value) : addresses(is_array($value) ? $value[0] : $value);
            }
        }
        $type = strtolower($data['content-type'] ?? 'text/plain');
        if (($skip !== null && str_starts_with($id, $skip . '.')) || str_starts_with($type, 'multipart/')) continue;
        if (str_starts_with($type, 'message/')) $skip = $id;
        ob_start();
        mailparse_msg_extract_part($part, $source);
        $content = ob_get_clean();
        $name = words($data['disposition-filename'] ?? $data['content-name'] ?? null);
        $field = ['text/plain' => 'text', 'text/html' => 'html'][$type] ?? null;
        if ($field && $found[$field] === null && !$name && strtolower($data['content-disposition'] ?? '') !== 'attachment') {
            $text = @iconv($data['charset'] ?? 'us-ascii', 'UTF-8', $content);
            $found[$field] = rtrim(str_replace("\r\n", "\n", $text === false ? $content : $text), "\n");
        } else {
            $found['files'][] = ['name' => $name, 'hash' => $skip === $id ? null : hash('sha256', $content)];
        }
    }
    echo json_encode($found, JSON_INVALID_UTF8_SUBSTITUTE), "\n";
}
