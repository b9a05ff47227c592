# The mail gem.
require 'mail'
require 'json'
require 'digest'

def leaves(part)
  return part.parts.flat_map { |p| leaves(p) } if part.multipart?
  type = part.mime_type || 'text/plain'
  disposition = part.content_disposition && part.content_disposition[/\A\s*([\w-]+)/, 1]
  text = type.start_with?('text/') ? part.decoded : nil
  content = type.start_with?('message/') ? nil : part.body.decoded.b
  [[type, part.filename, disposition, content, text]]
end

def utf8(text) = text && text.dup.force_encoding('UTF-8').scrub

def sorted(leaves)
  found = { text: nil, html: nil, files: [] }
  leaves.each do |type, name, disposition, content, text|
    field = { 'text/plain' => :text, 'text/html' => :html }[type.downcase]
    if field && found[field].nil? && name.to_s.empty? && disposition.to_s.downcase != 'attachment'
      found[field] = utf8(text).gsub("\r\n", "\n").sub(/\n+\z/, '')
    else
      found[:files] << { name: utf8(name), hash: content && Digest::SHA256.hexdigest(content) }
    end
  end
  found
end

def addresses(field) = field && field.addrs.map { |a| [utf8(a.display_name) || '', utf8(a.address)] }

Dir[File.join(ARGV[0], '*.eml')].sort.each do |path|
  found = begin
    message = Mail.new(File.binread(path))
    { subject: utf8(message.subject), from: addresses(message[:from]), to: addresses(message[:to]), **sorted(leaves(message)) }
  rescue StandardError => e
    { error: "#{e.class}: #{e.message}" }
  end
  puts JSON.generate({ message: File.basename(path, '.eml'), **found })
end
