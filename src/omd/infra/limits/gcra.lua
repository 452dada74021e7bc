-- The generic cell rate algorithm over several levels at once: all are charged one request, or none is.
--
-- KEYS: one a level, each holding the theoretical arrival time (microseconds since 1970) until which it is used up.
-- ARGV: for each level the microseconds between two requests, and how many may come at once.
-- Returns, for each level: requests left, microseconds until nothing is used, microseconds to wait (0 where it admits);
-- in one text, which costs a client less to read than a list.
--
-- The time is the server's own, so that workers whose clocks differ agree. What is no number in a key counts as
-- nothing; a time too far ahead (a lowered limit, a clock set back) counts as used up now, and is written so: no key
-- can shut anybody out for longer than one window.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local kept = redis.call('MGET', unpack(KEYS))
local times, answer, refused = {}, {}, false

for level = 1, #KEYS do
    local interval, most = tonumber(ARGV[2 * level - 1]), tonumber(ARGV[2 * level])
    local window = interval * most
    local time = kept[level] and tonumber(kept[level]) or now
    if not (time > now) then
        time = now
    elseif time > now + window then
        time = now + window
        redis.call('SET', KEYS[level], string.format('%.0f', time), 'PX', math.ceil(window / 1000))
    end
    times[level] = time
    if time + interval > now + window then
        refused = true
    end
end

for level = 1, #KEYS do
    local interval, most = tonumber(ARGV[2 * level - 1]), tonumber(ARGV[2 * level])
    local window, time, wait = interval * most, times[level], 0
    if time + interval > now + window then
        wait = time + interval - now - window
    elseif not refused then
        time = time + interval
        redis.call('SET', KEYS[level], string.format('%.0f', time), 'PX', math.ceil((time - now) / 1000))
    end
    answer[3 * level - 2] = math.floor((now + window - time) / interval)
    answer[3 * level - 1] = time - now
    answer[3 * level] = wait
end
return table.concat(answer, ' ')
