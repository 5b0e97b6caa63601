# ruff: noqa: E501 - lines as the vendors write them
"""Files as vendors of devices and apps write them: adapter, file name, content."""

import json

WHOOP_CYCLES = """Cycle start time,Cycle end time,Cycle timezone,Recovery score %,Resting heart rate (bpm),Heart rate variability (ms),Skin temp (celsius),Blood oxygen %,Day Strain,Energy burned (cal),Max HR (bpm),Average HR (bpm),Sleep onset,Wake onset,Sleep performance %,Respiratory rate (rpm),Asleep duration (min),In bed duration (min),Light sleep duration (min),Deep (SWS) duration (min),REM duration (min),Awake duration (min),Sleep need (min),Sleep debt (min),Sleep efficiency %,Sleep consistency %
2024-11-04 23:40:13,2024-11-06 00:10:47,UTC-05:00,72,55,65,34.17,96.12,6.7,2127,152,70,2024-11-04 23:40:13,2024-11-05 08:08:45,74,17.5,452,508,220,94,138,56,608,127,89,59
2024-11-02 23:23:10,2024-11-03 22:40:13,UTC-04:00,31,63,45,33.88,96.33,6.8,1891,153,74,2024-11-02 23:23:10,2024-11-03 08:46:20,67,17.9,414,441,215,85,114,27,619,127,93,53
2024-11-01 21:00:00,2024-11-02 23:23:10,UTC-04:00,,,,,,4.1,1600,120,66,,,,,,,,,,,,,,
"""
WHOOP_JOURNAL = """Cycle start time,Cycle end time,Cycle timezone,Question text,Answered yes,Notes
2024-11-04 23:40:13,2024-11-06 00:10:47,UTC-05:00,Have any alcoholic drinks?,true,
2024-11-02 23:23:10,2024-11-03 22:40:13,UTC-04:00,Have any alcoholic drinks?,false,
2024-11-04 23:40:13,2024-11-06 00:10:47,UTC-05:00,Consumed caffeine?,false,
"""
DAYLIO = """full_date,date,weekday,time,mood,activities,note_title,note
2024-05-30,30 May,Thursday,6:50 pm,rad,friends | gaming | nap,,"Awesome, really"
2024-05-30,30 May,Thursday,1:08 pm,good,shopping | walk,,
2024-05-31,31 May,Friday,8:02 am,awful,,,
"""
FITABASE = """Id,ActivityDate,TotalSteps,TotalDistance,TrackerDistance,LoggedActivitiesDistance,VeryActiveDistance,ModeratelyActiveDistance,LightActiveDistance,SedentaryActiveDistance,VeryActiveMinutes,FairlyActiveMinutes,LightlyActiveMinutes,SedentaryMinutes,Calories
1503960366,4/1/2016,13162,8.5,8.5,0,1.87,0.55,6.06,0,25,13,328,728,1985
1503960366,4/2/2016,0,0,0,0,0,0,0,0,0,0,0,1440,1347
1503960366,4/3/2016,10735,6.96,6.96,0,1.57,0.68,4.71,0,21,19,217,776,1797
"""
FITBIT_SLEEP = json.dumps(
    [
        {
            "logId": 1, "dateOfSleep": "2024-03-02", "startTime": "2024-03-01T23:30:00.000",
            "endTime": "2024-03-02T07:00:00.000", "duration": 27000000, "minutesToFallAsleep": 0, "minutesAsleep": 400,
            "minutesAwake": 50, "timeInBed": 450, "efficiency": 90, "type": "stages", "infoCode": 0, "isMainSleep": True,
            "levels": {"summary": {"deep": {"minutes": 80}, "light": {"minutes": 220}, "rem": {"minutes": 100}, "wake": {"minutes": 50}}, "data": []},
        },
        {
            "logId": 2, "dateOfSleep": "2024-03-02", "startTime": "2024-03-02T14:00:00.000",
            "endTime": "2024-03-02T15:00:00.000", "duration": 3600000, "minutesToFallAsleep": 0, "minutesAsleep": 52,
            "minutesAwake": 8, "timeInBed": 60, "efficiency": 87, "type": "classic", "infoCode": 2, "isMainSleep": False,
            "levels": {"summary": {"asleep": {"minutes": 52}, "restless": {"minutes": 5}, "awake": {"minutes": 3}}, "data": []},
        },
    ]
)  # fmt: skip
FITBIT_HEART = json.dumps(
    [
        {"dateTime": "03/01/24 05:00:08", "value": {"bpm": 61, "confidence": 3}},
        {"dateTime": "03/01/24 05:00:13", "value": {"bpm": 0, "confidence": 0}},
        {"dateTime": "03/01/24 05:00:23", "value": {"bpm": 64, "confidence": 2}},
    ]
)
FITBIT_STEPS = json.dumps(
    [{"dateTime": "03/01/24 05:00:00", "value": "0"}, {"dateTime": "03/01/24 05:01:00", "value": "24"}]
)
FITBIT_HRV = "timestamp,rmssd,nremhr,entropy\n2024-03-02T00:00:00,36.8,52.1,2.9\n2024-03-03T00:00:00,41.2,50.0,3.1\n"
GARMIN_SLEEP = json.dumps(
    {
        "dailySleepDTO": {
            "calendarDate": "2021-07-20", "sleepTimeSeconds": 25740, "napTimeSeconds": 0,
            "sleepStartTimestampGMT": 1626758400000, "sleepEndTimestampGMT": 1626785940000,
            "sleepStartTimestampLocal": 1626740400000, "sleepEndTimestampLocal": 1626767940000,
            "deepSleepSeconds": 4440, "lightSleepSeconds": 18720, "remSleepSeconds": 2580, "awakeSleepSeconds": 1800,
            "averageSpO2Value": 92.0, "averageRespirationValue": 15.0,
        }
    }
)  # fmt: skip
GARMIN_HEART = json.dumps(
    {
        "calendarDate": "2026-01-07", "startTimestampGMT": "2026-01-07T06:00:00.0",
        "startTimestampLocal": "2026-01-07T00:00:00.0", "heartRateValues": [[1767765600000, 63], [1767765720000, None]],
    }
)  # fmt: skip
OURA_SLEEP = json.dumps(
    {
        "data": [
            {
                "id": "a", "day": "2024-03-02", "type": "long_sleep", "bedtime_start": "2024-03-01T23:10:00+01:00",
                "bedtime_end": "2024-03-02T07:10:00+01:00", "total_sleep_duration": 27000, "time_in_bed": 28800,
                "deep_sleep_duration": 5400, "light_sleep_duration": 14400, "rem_sleep_duration": 7200,
                "awake_time": 1800, "average_hrv": 55, "lowest_heart_rate": 48, "average_heart_rate": 53.5,
                "average_breath": 14.2, "latency": 600, "efficiency": 94, "heart_rate": {"interval": 300, "items": [55, None]},
            },
            {
                "id": "b", "day": "2024-03-02", "type": "sleep", "bedtime_start": "2024-03-02T13:00:00+01:00",
                "bedtime_end": "2024-03-02T13:40:00+01:00", "total_sleep_duration": 1800, "time_in_bed": 2400,
            },
        ],
        "next_token": None,
    }
)  # fmt: skip
OURA_TRENDS = """date,Sleep Score,Total Sleep Score,Total Sleep Duration,Time in Bed,Average HRV,Lowest Resting Heart Rate,Readiness Score,Activity Score,Steps
2024-03-01,80,78,25200,28800,50,49,82,75,9000
2024-03-02,70,68,21600,27000,44,52,71,80,12000
"""
DEXCOM = """Index,Timestamp (YYYY-MM-DDThh:mm:ss),Event Type,Event Subtype,Patient Info,Device Info,Source Device ID,Glucose Value (mg/dL),Insulin Value (u),Carb Value (grams),Duration (hh:mm:ss),Glucose Rate of Change (mg/dL/min),Transmitter Time (Long Integer),Transmitter ID
1,,FirstName,,Ann,,,,,,,,,
2,,Device,,,Dexcom G6 Mobile App,iPhone G6,,,,,,,
3,,Alert,High,,,iPhone G6,180,,,,,,
4,2024-05-01T00:01:47,EGV,,,,iPhone G6,165,,,,,4237574,8AM1EY
5,2024-05-01T00:06:47,EGV,,,,iPhone G6,Low,,,,,4237874,8AM1EY
6,2024-05-01T12:00:00,Carbs,,,,iPhone G6,,,45,,,,
7,2024-05-01T12:05:00,Insulin,Fast-Acting,,,iPhone G6,,4.5,,,,,
"""
LIBRE = """Glucose Data,Generated on,15-05-2024 08:00 UTC,Generated by,Ann Person
Device,Serial Number,Device Timestamp,Record Type,Historic Glucose mmol/L,Scan Glucose mmol/L,Non-numeric Rapid-Acting Insulin,Rapid-Acting Insulin (units),Notes
FreeStyle LibreLink,AAAA,14-05-2024 14:30,0,5.5,,,,
FreeStyle LibreLink,AAAA,14-05-2024 14:45,0,6.1,,,,
FreeStyle LibreLink,AAAA,14-05-2024 14:50,1,,6.4,,,
"""
WITHINGS_SLEEP = """from,to,light (s),deep (s),rem (s),awake (s),wake up,Duration to sleep (s),Duration to wake up (s),Snoring (s),Snoring episodes,Average heart rate,Heart rate (min),Heart rate (max)
2024-03-01T23:05:00+01:00,2024-03-02T07:00:00+01:00,14400,6000,5400,1800,2,600,60,0,0,55,48,70
"""
WITHINGS_STEPS = "date,value\n2024-03-01,8123\n2024-03-02,10001\n"
SLEEP_CYCLE = """Start;End;Sleep quality;Time in bed;Wake up;Sleep Notes;Heart rate;Activity (steps)
2024-03-01 23:15:00;2024-03-02 07:10:00;84%;7:55;:);Drank coffee:Stressful day;58;8500
2024-03-02 23:45:00;2024-03-03 08:00:00;71%;8:15;:|;;61;3000
"""
SLEEP_CYCLE_NEW = """Start;End;Sleep Quality;Regularity;Mood;Heart rate (bpm);Steps;Alarm mode;Air Pressure (Pa);City;Movements per hour;Time in bed (seconds);Time asleep (seconds);Time before sleep (seconds);Snore;Snore time (seconds);Notes
2024-03-01 23:15:00;2024-03-02 07:10:00;84%;90%;-;58;8500;Normal;;;20;28500.0;25200.0;600.0;false;0.0;Tea
"""
GOOGLE_FIT = """Date,Move Minutes count,Calories (kcal),Distance (m),Heart Points,Heart Minutes,Average heart rate (bpm),Max heart rate (bpm),Min heart rate (bpm),Step count,Average weight (kg)
2024-03-01,60,1980.5,5200.0,30,25,71.2,130,49,8200,70.1
2024-03-02,45,1890.1,4100.0,20,15,70.2,121,50,6100,
"""
IGLU = "id,time,gl\nSubject 1,2015-06-06 21:50:27,153\nSubject 1,2015-06-06 22:05:27,137\nSubject 1,2015-06-07 01:05:27,140\n"
